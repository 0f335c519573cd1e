//! Reading Rust's source as far as needed to see which paths it uses: [`tokens`], and [`paths`] of them.

/// A path as the source has it, such as `crate::store::cases`; groups in braces give a path each.
#[derive(Debug)]
pub(crate) struct UsedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

/// Every path with more than one segment, and what `use` names alone.
pub(crate) fn paths(tokens: &[Token]) -> Vec<UsedPath> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let starts = tokens[index].is_name() && (index == 0 || tokens[index - 1].text != "::");
        let alone = index > 0 && tokens[index - 1].text == "use";
        // `pub(in crate::store)` says who may see something; it imports nothing.
        let in_scope = index > 1 && tokens[index - 1].text == "in" && tokens[index - 2].text == "(";
        let leads_on = tokens.get(index + 1).is_some_and(|next| next.text == "::");
        if in_scope {
            index = path_from(tokens, index, &[], &mut Vec::new());
        } else if starts && (alone || leads_on) {
            index = path_from(tokens, index, &[], &mut found).max(index + 1);
        } else if tokens[index].text == "{" && alone {
            index = group_from(tokens, index, &[], &mut found);
        } else {
            index += 1;
        }
    }
    found
}

fn path_from(tokens: &[Token], mut index: usize, before: &[String], found: &mut Vec<UsedPath>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens[index].line;
    loop {
        segments.push(tokens[index].text.clone());
        let leads_on = tokens.get(index + 1).is_some_and(|next| next.text == "::");
        match tokens.get(index + 2) {
            Some(next) if leads_on && next.is_name() => index += 2,
            Some(next) if leads_on && next.text == "{" => return group_from(tokens, index + 2, &segments, found),
            _ => break,
        }
    }
    found.push(UsedPath { line, segments });
    index + 1
}

/// The paths in braces after `before::`; answers where they end.
fn group_from(tokens: &[Token], open: usize, before: &[String], found: &mut Vec<UsedPath>) -> usize {
    let mut index = open + 1;
    while index < tokens.len() && tokens[index].text != "}" {
        index = if tokens[index].is_name() { path_from(tokens, index, before, found) } else { index + 1 };
    }
    index + 1
}

/// A word, a mark or a text of the source; comments are gone.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Rust's tokens, as far as paths need them. Texts begin with `"`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < characters.len() {
        let rest = &characters[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => comment_length(rest),
            ['r', '"' | '#', ..] | ['b', 'r', '"' | '#', ..] => raw_text_length(rest).unwrap_or(1),
            ['"', ..] => text_length(rest),
            ['\'', '\\', ..] => 3 + rest.iter().skip(3).take_while(|c| **c != '\'').count(),
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => 2,
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
            }
            _ => 1,
        };
        let length = length.clamp(1, rest.len());
        let token: String = rest[..length].iter().collect();
        let counted = !token.trim().is_empty() && !token.starts_with("//") && !token.starts_with("/*");
        if counted {
            found.push(Token { line, text: token });
        }
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

fn comment_length(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn text_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A raw text such as `r#"…"#`; none where it is only a name that begins with r.
fn raw_text_length(rest: &[char]) -> Option<usize> {
    let start = rest.iter().position(|c| *c == 'r')? + 1;
    let hashes = rest[start..].iter().take_while(|c| **c == '#').count();
    if rest.get(start + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = start + hashes + 1;
    let closes = rest[body..].windows(end.len()).position(|window| window == end)?;
    Some(body + closes + end.len())
}
