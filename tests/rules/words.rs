//! What people read: Chinese sentences have full-width punctuation.

use std::path::{Path, PathBuf};

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The texts in quotation marks of a line that isn't a comment.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    let is_comment = line.trim_start().starts_with("//") || line.trim_start().starts_with('#');
    line.split('"').skip(1).step_by(2).filter(move |_| !is_comment)
}

fn is_chinese(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Whether a half-width mark stands beside a Chinese character.
fn is_mixed(text: &str) -> bool {
    let is_mark = |c: char| ",;:?!()".contains(c);
    text.chars().zip(text.chars().skip(1)).any(|(one, next)| {
        (is_chinese(one) && is_mark(next)) || (is_mark(one) && is_chinese(next) && one != ':' && one != ',')
    })
}

#[test]
fn chinese_sentences_have_full_width_punctuation() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sources, mut mixed) = (Vec::new(), Vec::new());
    files(&project.join("src"), ".rs", &mut sources);
    files(&project.join("config/case-types"), ".toml", &mut sources);
    files(&project.join("config/workflows"), ".toml", &mut sources);
    for path in sources {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Rows of a table, the notation of a format, English with a Chinese word in it.
            let exempt = line.contains("valid_until\\n") || line.contains("名称:值") || line.contains("let en = ");
            for text in quoted(line).filter(|text| !exempt && is_mixed(text)) {
                mixed.push(format!("{}:{}: {text}", path.display(), number + 1));
            }
        }
    }
    assert!(mixed.is_empty(), "{}", mixed.join("\n"));
    assert!(is_mixed("密码过于常见,请换一个") && is_mixed("没有(暂缺)") && !is_mixed("没有（暂缺），请换一个"));
}
