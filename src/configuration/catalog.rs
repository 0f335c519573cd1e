//! Case types and workflows from their files.
//!
//! Unknown keys, unknown codes and everything else that is wrong is collected over all files before anything is refused.

use serde::de::DeserializeOwned;

use crate::configuration::{ConfigFault, ConfigFile, ConfigFiles};
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::catalog::{Catalog, Edition, EditionKind};
use crate::domain::case_types::faults::{DefinitionFault, PathStep};
use crate::domain::case_types::file::CaseTypeFile;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::{Workflow, WorkflowFile};

/// What the files define: the catalog, and each definition as it is kept to notice changes.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The validated catalog.
    pub catalog: Catalog,
    /// Canonical content of every definition.
    pub editions: Vec<Edition>,
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
    let mut faults = Vec::new();
    let mut catalog = Catalog::default();
    let mut editions = Vec::new();
    for file in files.under("workflows") {
        if let Some(parsed) = parse::<WorkflowFile>(file, &mut faults) {
            check_name(file, &parsed.code, &mut faults);
            editions.extend(edition(EditionKind::Workflow, &parsed.code, parsed.edition, &parsed));
            match Workflow::validated(&parsed) {
                Ok(workflow) => catalog.add_current_workflow(workflow),
                Err(found) => faults.extend(found.iter().map(|fault| located(file, fault))),
            }
        }
    }
    for file in files.under("case-types") {
        if let Some(parsed) = parse::<CaseTypeFile>(file, &mut faults) {
            check_name(file, &parsed.code, &mut faults);
            editions.extend(edition(EditionKind::CaseType, &parsed.code, parsed.edition, &parsed));
            match CaseType::validated(&parsed) {
                Ok(case_type) => catalog.add_current_case_type(case_type),
                Err(found) => faults.extend(found.iter().map(|fault| located(file, fault))),
            }
        }
    }
    // A workflow that has faults itself isn't reported again as unknown.
    let is_faulty = |code: &str| faults.iter().any(|fault| fault.file == format!("workflows/{code}.toml"));
    let contradictions = catalog.contradictions(applications, &is_faulty);
    for (code, fault) in contradictions {
        let name = format!("case-types/{code}.toml");
        let found = files.get(&name).map(|file| located(file, &fault));
        faults.push(found.unwrap_or(ConfigFault { file: name, line: None, message: fault.message }));
    }
    (Definitions { catalog, editions }, faults)
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

fn parse<T: DeserializeOwned>(file: &ConfigFile, faults: &mut Vec<ConfigFault>) -> Option<T> {
    let mut unknown = Vec::new();
    let parsed = toml::Deserializer::parse(&file.text)
        .and_then(|deserializer| serde_ignored::deserialize(deserializer, |path| unknown.push(path.to_string())));
    for path in unknown {
        let steps: Vec<Step<'_>> =
            path.split('.').map(|step| step.parse().map_or(Step::Key(step), Step::Index)).collect();
        let offset = offset_of(&file.text, &steps);
        let message = format!("unknown key \"{path}\"");
        faults.push(offset.map_or_else(|| file.fault(&message), |offset| file.fault_at(offset, &message)));
    }
    match parsed {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            faults.push(file.toml_fault(&error));
            None
        }
    }
}

fn check_name(file: &ConfigFile, code: &str, faults: &mut Vec<ConfigFault>) {
    let stem = file.name.rsplit('/').next().and_then(|name| name.strip_suffix(".toml")).unwrap_or_default();
    if stem != code {
        faults.push(file.fault_at(0, format!("the code \"{code}\" differs from the file's name \"{stem}\"")));
    }
}

fn edition<T: serde::Serialize>(kind: EditionKind, code: &str, number: u32, file: &T) -> Option<Edition> {
    let content = serde_json::to_string(file).ok()?;
    Some(Edition { kind, pinned: Pinned { code: code.to_owned(), edition: number }, content })
}

fn located(file: &ConfigFile, fault: &DefinitionFault) -> ConfigFault {
    let steps: Vec<Step<'_>> = fault
        .path
        .iter()
        .map(|step| match step {
            PathStep::Key(key) => Step::Key(key),
            PathStep::Index(index) => Step::Index(*index),
        })
        .collect();
    // A missing key has no place of its own: then the nearest thing around it has.
    let offset = (0..=steps.len()).rev().find_map(|length| offset_of(&file.text, &steps[..length]));
    file.fault_at(offset.unwrap_or(0), &fault.message)
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Where in a TOML text something stands, as a byte offset.
fn offset_of(text: &str, steps: &[Step<'_>]) -> Option<usize> {
    use toml::de::{DeTable, DeValue};
    let table = DeTable::parse(text).ok()?;
    let Some((last, _)) = steps.split_last() else { return Some(0) };
    let mut table_here: Option<&DeTable<'_>> = Some(table.get_ref());
    let mut value_here: Option<&toml::Spanned<DeValue<'_>>> = None;
    let mut key_offset = None;
    for step in steps {
        let next = match step {
            Step::Key(key) => {
                let table = table_here.or_else(|| value_here.and_then(|value| value.get_ref().as_table()))?;
                let (found, value) = table.iter().find(|(name, _)| name.get_ref().as_ref() == *key)?;
                key_offset = Some(found.span().start);
                value
            }
            Step::Index(index) => value_here?.get_ref().as_array()?.get(*index)?,
        };
        (table_here, value_here) = (None, Some(next));
    }
    match last {
        Step::Key(_) => key_offset,
        Step::Index(_) => value_here.map(|value| value.span().start),
    }
}
