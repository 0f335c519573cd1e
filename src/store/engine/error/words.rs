//! What the databases say, where only their words tell the kind of a failure: Diesel passes no SQLSTATE on.
//!
//! Guarantees: PostgreSQL's words are known in English and, as a hall's server may speak, in Chinese; a test holds them against the server's
//! own catalogue of messages, where it is installed.

/// Parts of a message, of which all are in it.
type Said = &'static [&'static str];

/// Pages can't be read as what they should be (SQLSTATE XX001, XX002), or not at all.
const DAMAGED: &[Said] = &[
    &["disk image is malformed"],
    &["file is not a database"],
    &["disk I/O error"],
    &["invalid page in block"],
    &["块", "无效的页"],
    &["块", "无效页"],
    &["could not read block"],
    &["中读取块"],
    &["无法读取文件", "的块"],
    &["contains unexpected zero page at block"],
    &["contains corrupted page at block"],
    &["索引", "在块", "零页"],
    &["索引", "在块", "损坏"],
    &["unexpected data beyond EOF in block"],
    &["的块", "EOF"],
    &["could not access status of transaction"],
    &["无法处理事物", "的状态"],
    // These two are never translated.
    &["missing chunk number"],
    &["compressed", "data is corrupt"],
];

/// A statement was given up that may succeed later: its time was over, or somebody cancelled it (57014), another one held what it needs
/// (55P03), or disk or memory was full (class 53). A disk may be full in the middle of a block, or for one user.
const PASSING: &[Said] = &[
    &["canceling statement"],
    &["取消语句"],
    &["取消查询"],
    &["could not obtain lock"],
    &["无法在", "获得锁"],
    &["No space left on device"],
    &["没有空间"],
    &["没有可用空间"],
    &["Disk quota exceeded"],
    &["磁盘限额"],
    &["could not extend file", "wrote only"],
    &["could not write block", "wrote only"],
    &["无法扩展文件", "只能在块"],
    &["写操作数据块", "只写了"],
    &["temp_file_limit"],
    &["out of memory"],
    &["out of shared memory"],
    &["内存用尽"],
    &["内存不足"],
    &["内存溢出"],
    &["database is locked"],
    &["database table is locked"],
    &["disk is full"],
];

/// Whether these are words for damage.
pub(in crate::store) fn tells_of_damage(said: &str) -> bool {
    any(DAMAGED, said)
}

/// Whether these are words for what passes.
pub(super) fn tells_of_passing(said: &str) -> bool {
    any(PASSING, said)
}

fn any(words: &[Said], said: &str) -> bool {
    words.iter().any(|parts| parts.iter().all(|part| said.contains(part)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    /// What PostgreSQL says of damage, as its source has it.
    const OF_DAMAGE: [&str; 8] = [
        "invalid page in block %u of relation %s",
        "could not read block %u in file \"%s\": %m",
        "could not read block %u in file \"%s\": read only %d of %d bytes",
        "index \"%s\" contains unexpected zero page at block %u",
        "index \"%s\" contains corrupted page at block %u",
        "unexpected data beyond EOF in block %u of relation %s",
        "could not access status of transaction %u",
        "missing chunk number %d for toast value %u in %s",
    ];
    /// And of what passes.
    const OF_PASSING: [&str; 12] = [
        "canceling statement due to statement timeout",
        "canceling statement due to lock timeout",
        "canceling statement due to user request",
        "canceling statement due to conflict with recovery",
        "could not obtain lock on row in relation \"%s\"",
        "could not obtain lock on relation \"%s\"",
        "could not extend file \"%s\": wrote only %d of %d bytes at block %u",
        "could not write block %u in file \"%s\": wrote only %d of %d bytes",
        "temporary file size exceeds temp_file_limit (%dkB)",
        "out of memory",
        "out of shared memory",
        "out of shared memory (%zu bytes requested)",
    ];

    /// The messages of a catalogue as gettext keeps it: two tables of lengths and offsets, of the words and of their translations.
    fn catalogue(bytes: &[u8]) -> BTreeMap<String, String> {
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let text = |table: usize, index: usize| {
            let (length, offset) = (number(table + 8 * index), number(table + 8 * index + 4));
            String::from_utf8_lossy(&bytes[offset..offset + length]).into_owned()
        };
        (0..number(8)).map(|index| (text(number(12), index), text(number(16), index))).collect()
    }

    /// The Chinese catalogues of the servers that are installed here.
    fn installed() -> Vec<(PathBuf, BTreeMap<String, String>)> {
        let files = std::fs::read_dir("/usr/share/locale/zh_CN/LC_MESSAGES").into_iter().flatten().flatten();
        let of_a_server =
            |path: &PathBuf| path.file_name().is_some_and(|it| it.to_string_lossy().starts_with("postgres-"));
        let read = |path: PathBuf| Some((path.clone(), catalogue(&std::fs::read(path).ok()?)));
        files.map(|file| file.path()).filter(of_a_server).filter_map(read).collect()
    }

    #[test]
    fn what_passes_and_what_is_damaged_are_told_apart_in_both_languages() {
        let catalogues = installed();
        let forms = |english: &'static str| {
            let translated = catalogues.iter().filter_map(move |(_, messages)| messages.get(english).cloned());
            std::iter::once(english.to_owned()).chain(translated).filter(|said| !said.is_empty())
        };
        for (said, damaged) in OF_DAMAGE.map(|it| (it, true)).into_iter().chain(OF_PASSING.map(|it| (it, false))) {
            for form in forms(said) {
                assert_eq!((tells_of_damage(&form), tells_of_passing(&form)), (damaged, !damaged), "{said}: {form}");
            }
        }
        let of_the_system = ["No space left on device", "设备上没有空间", "Disk quota exceeded", "超出磁盘限额"];
        for why in of_the_system {
            assert!(tells_of_passing(&format!("could not extend file \"base/1/2\": {why}")), "{why}");
            assert!(tells_of_passing(&format!("无法扩展文件 \"base/1/2\": {why}")), "{why}");
        }
        for said in ["database is locked", "database or disk is full"] {
            assert_eq!((tells_of_damage(said), tells_of_passing(said)), (false, true), "{said}");
        }
        assert!(tells_of_damage("database disk image is malformed"));
    }

    #[test]
    fn words_of_servers_that_are_not_installed_here_are_known() {
        for said in [
            "关系 \"base/16384/16391\" 中的块 20 存在无效的页",
            "无法在文件\"base/16384/16391\"中读取块20: 输入/输出错误",
            "无法读取文件\"base/16384/16391\"的块20:只读取了8192字节的4096",
        ] {
            assert_eq!((tells_of_damage(said), tells_of_passing(said)), (true, false), "{said}");
        }
        for said in [
            "无法扩展文件\"base/16384/16478\": 只能在块90上写8192字节的4096",
            "由于语句执行超时，正在取消查询命令",
            "由于锁超时，取消语句操作",
            "无法在关系 \"cases\"中的记录上获得锁",
        ] {
            assert_eq!((tells_of_damage(said), tells_of_passing(said)), (false, true), "{said}");
        }
    }

    #[test]
    fn a_failure_of_another_kind_is_neither() {
        for said in
            ["column \"x\" does not exist", "字段 \"x\" 不存在", "division by zero", "数值字段溢出", "违反唯一约束"]
        {
            assert!(!tells_of_damage(said) && !tells_of_passing(said), "{said}");
        }
    }
}
