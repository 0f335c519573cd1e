//! The operating system's user that runs this program.

/// Its name; its number where the system has no name for it.
#[cfg(unix)]
pub(super) fn system_user() -> String {
    // Asked of the system, since whoever runs a command could give its environment any name.
    let number = rustix::process::getuid().as_raw().to_string();
    let names = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&names, &number).unwrap_or(number)
}

#[cfg(not(unix))]
pub(super) fn system_user() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

#[cfg(unix)]
fn name_in(passwd: &str, number: &str) -> Option<String> {
    let mut lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields.get(2) == Some(&number)).and_then(|fields| fields.first().map(|name| (*name).to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_that_the_system_lists() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n+::::::\nhall:x:1000:1000::/home/hall:/bin/sh\n";
        assert_eq!(name_in(passwd, "1000").as_deref(), Some("hall"));
        assert_eq!(name_in(passwd, "7"), None);
    }
}
