//! Case types and workflows from their files.
//!
//! Unknown keys, unknown codes and everything else that is wrong is collected over all files before anything is refused. What a
//! file extends is `expansion`'s; from there on a definition is whole, and a fault of it is told where the faulty thing
//! was written, in its own file or in a base.

mod expansion;
pub mod unread;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::expansion::{Expanded, Origin, Whole, expanded};
use crate::configuration::layers::Place;
use crate::configuration::reading::deepest;
use crate::configuration::{ConfigFault, ConfigFiles};
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::catalog::{Catalog, Edition, EditionKind};
use crate::domain::case_types::faults::{DefinitionFault, PathStep};
use crate::domain::case_types::file::CaseTypeFile;
use crate::domain::case_types::inheritance::Tree;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::Workflow;
use crate::domain::case_types::workflow::file::WorkflowFile;

/// What the files define: the catalog, and each definition as it is kept to notice changes.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// The validated catalog.
    pub catalog: Catalog,
    /// Canonical content of every definition, in its whole form.
    pub editions: Vec<Edition>,
    /// Files whose definitions aren't in the catalog, since something is wrong with them or with what they extend.
    pub faulty: BTreeSet<String>,
    /// Where each definition was written.
    pub(super) origins: BTreeMap<(EditionKind, String), Origin>,
}

impl Definitions {
    /// The files of the definitions, without bases.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.origins.values().map(|origin| origin.file.as_str())
    }

    /// A definition in its whole form, as a file without a base would say it; `file` is such as `workflows/renew.toml`.
    pub fn whole(&self, file: &str) -> Option<String> {
        let (key, _) = self.origins.iter().find(|(_, origin)| origin.file == file)?;
        let edition = self.editions.iter().find(|edition| (edition.kind, &edition.pinned.code) == (key.0, &key.1))?;
        match edition.kind {
            EditionKind::CaseType => {
                toml::to_string(&serde_json::from_str::<CaseTypeFile>(&edition.content).ok()?).ok()
            }
            EditionKind::Workflow => {
                toml::to_string(&serde_json::from_str::<WorkflowFile>(&edition.content).ok()?).ok()
            }
        }
    }
}

/// Loads `case-types/*.toml` and `workflows/*.toml`.
///
/// # Errors
/// Every fault of every file.
pub fn load_definitions(files: &ConfigFiles, applications: &[&str]) -> Result<Definitions, Vec<ConfigFault>> {
    let (definitions, faults) = read_definitions(files, Some(applications));
    if faults.is_empty() { Ok(definitions) } else { Err(faults) }
}

/// The definitions that have no faults, and every fault of the others and of how they fit together. Without
/// `applications` it isn't checked whether those that are required exist.
pub fn read_definitions(files: &ConfigFiles, applications: Option<&[&str]>) -> (Definitions, Vec<ConfigFault>) {
    let mut definitions = Definitions::default();
    let mut told = Told::default();
    let workflows = expanded::<WorkflowFile>(files, "workflows");
    definitions.add(workflows, &mut told, Workflow::validated, Catalog::add_current_workflow);
    let case_types = expanded::<CaseTypeFile>(files, "case-types");
    definitions.add(case_types, &mut told, CaseType::validated, Catalog::add_current_case_type);
    // A workflow that has faults itself isn't reported again as unknown.
    let is_faulty = |code: &str| definitions.faulty.contains(&format!("workflows/{code}.toml"));
    for (code, fault) in definitions.catalog.contradictions(applications, &is_faulty) {
        if let Some(origin) = definitions.origins.get(&(EditionKind::CaseType, code)) {
            told.tell(origin, [fault]);
        }
    }
    let faults = told.faults(&definitions.origins);
    (definitions, faults)
}

/// What the files of case types and of workflows have in common.
trait DefinitionFile: Serialize + DeserializeOwned {
    const KIND: EditionKind;

    fn pinned(&self) -> Pinned;
}

impl DefinitionFile for WorkflowFile {
    const KIND: EditionKind = EditionKind::Workflow;

    fn pinned(&self) -> Pinned {
        Pinned { code: self.code.clone(), edition: self.edition }
    }
}

impl DefinitionFile for CaseTypeFile {
    const KIND: EditionKind = EditionKind::CaseType;

    fn pinned(&self) -> Pinned {
        Pinned { code: self.code.clone(), edition: self.edition }
    }
}

impl Definitions {
    fn add<F: DefinitionFile, D>(
        &mut self,
        expanded: Expanded<F>,
        told: &mut Told,
        validated: impl Fn(&F) -> Result<D, Vec<DefinitionFault>>,
        keep: impl Fn(&mut Catalog, D),
    ) {
        told.alone.extend(expanded.faults);
        self.faulty.extend(expanded.unread);
        for Whole { says, origin } in expanded.wholes {
            let (kind, pinned) = (F::KIND, says.pinned());
            let stem = origin.file.rsplit('/').next().and_then(|name| name.strip_suffix(".toml")).unwrap_or_default();
            if stem != pinned.code {
                let message = format!("the code \"{}\" differs from the file's name \"{stem}\"", pinned.code);
                told.alone.push(origin.tree.place.fault(message));
                self.faulty.insert(origin.file.clone());
            }
            match validated(&says) {
                Ok(definition) => keep(&mut self.catalog, definition),
                Err(found) => {
                    self.faulty.insert(origin.file.clone());
                    told.tell(&origin, found);
                }
            }
            self.origins.insert((kind, pinned.code.clone()), origin);
            if let Ok(content) = serde_json::to_string(&says) {
                self.editions.push(Edition { kind, pinned, content });
            }
        }
    }
}

/// Faults of whole definitions. What is wrong with a base is found in everything that extends it and told once.
#[derive(Default)]
struct Told {
    alone: Vec<ConfigFault>,
    /// Faults that stand in a base, with the files whose definitions have them.
    in_bases: BTreeMap<ConfigFault, BTreeSet<String>>,
}

impl Told {
    fn tell(&mut self, origin: &Origin, faults: impl IntoIterator<Item = DefinitionFault>) {
        for fault in faults {
            let found = located(&origin.tree, &fault).fault(fault.message);
            if found.file == origin.file {
                self.alone.push(found);
            } else {
                self.in_bases.entry(found).or_default().insert(origin.file.clone());
            }
        }
    }

    /// All of them. One that not all who extend the base have names those who do: only together with their own files it is wrong.
    fn faults(self, origins: &BTreeMap<(EditionKind, String), Origin>) -> Vec<ConfigFault> {
        let mut faults = self.alone;
        for (mut fault, having) in self.in_bases {
            let extending = origins.values().filter(|origin| origin.bases.contains(&fault.file)).count();
            if having.len() < extending {
                let having: Vec<&str> = having.iter().map(String::as_str).collect();
                fault.message = format!("{} (as {} extends it)", fault.message, having.join(", "));
            }
            faults.push(fault);
        }
        faults
    }
}

/// The place of a fault. A missing key has none of its own: then the nearest thing around it has.
fn located<'a>(tree: &'a Tree<Place>, fault: &DefinitionFault) -> &'a Place {
    let steps = fault.path.iter().map(|step| match step {
        PathStep::Key(key) => (*key).to_owned(),
        PathStep::Index(index) => index.to_string(),
    });
    &deepest(tree, steps).place
}

/// Adds an edition that was kept to the catalog, for the cases that are still on it.
///
/// # Errors
/// Why it can't be read.
pub fn add_kept_edition(catalog: &mut Catalog, kept: &Edition) -> Result<(), String> {
    let name = format!("edition {} of {} \"{}\"", kept.pinned.edition, kept.kind.code(), kept.pinned.code);
    let unreadable = |error: serde_json::Error| format!("{name} in the database can't be read: {error}");
    let invalid = |faults: Vec<DefinitionFault>| {
        let messages: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        format!("{name} in the database isn't valid: {}", messages.join("; "))
    };
    match kept.kind {
        EditionKind::CaseType => {
            let file: CaseTypeFile = serde_json::from_str(&kept.content).map_err(unreadable)?;
            catalog.add_case_type(CaseType::validated(&file).map_err(invalid)?);
        }
        EditionKind::Workflow => {
            let file: WorkflowFile = serde_json::from_str(&kept.content).map_err(unreadable)?;
            catalog.add_workflow(Workflow::validated(&file).map_err(invalid)?);
        }
    }
    Ok(())
}

/// A kept edition as this version of the program writes it; `None` where it can't be read.
pub fn canonical(kept: &Edition) -> Option<String> {
    match kept.kind {
        EditionKind::CaseType => serde_json::to_string(&serde_json::from_str::<CaseTypeFile>(&kept.content).ok()?).ok(),
        EditionKind::Workflow => serde_json::to_string(&serde_json::from_str::<WorkflowFile>(&kept.content).ok()?).ok(),
    }
}
