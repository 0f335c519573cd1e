//! Files and directories of this user alone: the database, its keys, its backups.
//!
//! Guarantees: mode 600 (directories 700) from the first byte; what root makes belongs to the owner of its directory, as whom the program
//! runs; what is replaced is whole and on the disk under its name, or as it was. Where there are no modes, they inherit the access list of
//! their directory, which is the operator's to set.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a file that must not be there yet.
///
/// # Errors
/// It is there; what else the system says. The same for those below.
pub fn make(path: &Path) -> io::Result<File> {
    let file = opening().create_new(true).open(path)?;
    #[cfg(unix)]
    if let Some((user, group)) = owner_for_root(path)? {
        std::os::unix::fs::fchown(&file, Some(user), Some(group))?;
    }
    Ok(file)
}

/// Makes a directory that must not be there yet.
///
/// # Errors
/// The system's.
pub fn make_directory(path: &Path) -> io::Result<()> {
    #[allow(unused_mut)]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    if let Some((user, group)) = owner_for_root(path)? {
        std::os::unix::fs::lchown(path, Some(user), Some(group))?;
    }
    Ok(())
}

/// Makes a directory and those above it that are missing; one that is there stays as it is.
///
/// # Errors
/// The system's.
pub fn make_directories(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    make_directories(path.parent().unwrap_or(Path::new("")))?;
    match make_directory(path) {
        // Somebody else was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Puts a text in the place of a file.
///
/// # Errors
/// The system's.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = make(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync(&directory_of(path))
}

/// Waits until no other program holds the lock that a file is. It ends with the answer.
///
/// # Errors
/// The system's.
pub fn lock(path: &Path) -> io::Result<File> {
    let file = match make(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => opening().open(path)?,
        made => made?,
    };
    file.lock()?;
    Ok(file)
}

/// Brings a file or directory to the disk.
///
/// # Errors
/// The system's.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Where a file lies.
pub fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Who may do what with a file or directory, as in `chmod`; where there are no modes, its owner alone.
///
/// # Errors
/// The system's.
pub fn mode(path: &Path) -> io::Result<u32> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    #[cfg(not(unix))]
    let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
    Ok(mode)
}

fn opening() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// To whom root gives what it makes.
#[cfg(unix)]
fn owner_for_root(path: &Path) -> io::Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt;
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let directory = fs::metadata(directory_of(path))?;
    Ok(Some((directory.uid(), directory.gid())))
}
