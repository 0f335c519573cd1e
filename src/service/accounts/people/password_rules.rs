//! Which passwords are taken: by how soon they would be guessed, not by what they are composed of.
//!
//! Source: NIST SP 800-63B-4, 3.1.1.2, and OWASP ASVS 5.0, 6.2: at least 8 characters, at least 64 possible, no rules of
//! composition, common and fitting words refused. How soon it would be guessed is estimated by `zxcvbn` (D. L. Wheeler, USENIX
//! Security 2016), with the words of the account and the hall. It doesn't know what few words a hall has, nor where a Chinese word ends: so what is
//! made of nothing but these is refused by itself.

use rand::TryRng;
use rand::rngs::SysRng;
use zxcvbn::feedback::{Suggestion, Warning};

use super::super::passwords::{HashFault, normalize};
use crate::domain::base::words::{Fault, Words};
use crate::domain::hall::Hall;

/// The fewest characters of a password.
pub const SHORTEST: usize = 8;
/// The most characters of a password.
pub const LONGEST: usize = 128;
/// How many guesses it must take: so many that guessing over the network is hopeless, and guessing at a stolen Argon2id hash costs.
/// As many as `zxcvbn` reckons with for eight characters without any pattern.
const ENOUGH: u64 = 100_000_000;
/// Shorter words are in good passwords by chance.
const SHORTEST_WORD: usize = 3;

/// Of a Chinese name already two characters together are a word.
const SHORTEST_OF_NAME: usize = 2;
/// So few characters beside words that are known make a password hardly better: four take 10 million guesses.
const FEW_BESIDE: usize = 4;

/// What passwords are made of here, and zxcvbn's lists, which were gathered elsewhere, don't know.
const USUAL_HERE: [&str; 15] = [
    "一二三四五六七八九十",
    "1qaz",
    "1qaz@wsx",
    "1qaz2wsx",
    "2wsx",
    "3edc",
    "4rfv",
    "5201314",
    "1314520",
    "1314",
    "woaini",
    "qq123456",
    "zhongguo",
    "nihao",
    "mima",
];

/// Everything that speaks against a new password, at a place of a request. `words` are those that fit the account.
pub fn judge(password: &str, words: &[String], pointer: &str) -> Vec<Fault> {
    let password = normalize(password);
    let length = password.chars().count();
    let fault = |code, zh: String, en: String| vec![Fault::new(pointer, code, Words::new(zh, en))];
    if length < SHORTEST {
        let (zh, en) =
            (format!("密码至少需要{SHORTEST}个字符"), format!("The password needs at least {SHORTEST} characters"));
        return fault("password_too_short", zh, en);
    }
    if length > LONGEST {
        let (zh, en) =
            (format!("密码最多{LONGEST}个字符"), format!("The password may have at most {LONGEST} characters"));
        return fault("password_too_long", zh, en);
    }
    let fitting: Vec<&str> = words.iter().map(String::as_str).chain(USUAL_HERE).collect();
    let guessed = zxcvbn::zxcvbn(&password, &fitting);
    let is_of_words = has_little_beside(&password, &fitting);
    if guessed.guesses() >= ENOUGH && !is_of_words {
        return Vec::new();
    }
    let (mut why, mut better) = (None, vec![suggestion_words(Suggestion::AddAnotherWordOrTwo)]);
    if let Some(feedback) = guessed.feedback() {
        why = feedback.warning().map(warning_words);
        better = feedback.suggestions().iter().map(|suggestion| suggestion_words(*suggestion)).collect();
    }
    let lower = password.to_lowercase();
    if words.iter().any(|word| lower.contains(word.as_str())) {
        why = Some((
            "含有姓名、用户名，或大厅的名称、电话、网址、地址",
            "it has a name of the account in it, or a name, telephone, website or address of the hall",
        ));
    } else if is_of_words {
        why = Some((
            "几乎只由这类文字的一部分或常用的词组成",
            "it has little but parts of such words or usual ones in it",
        ));
    }
    let (zh, en) = why.unwrap_or(("猜中所需的次数太少", "too few guesses find it"));
    let advice = |text: fn(&(&'static str, &'static str)) -> &'static str, between: &str| {
        better.iter().map(text).collect::<Vec<_>>().join(between)
    };
    let (zh_advice, en_advice) = (advice(|words| words.0, "；"), advice(|words| words.1, "; "));
    fault(
        "password_too_weak",
        format!("密码太容易被猜到：{zh}。建议：{zh_advice}。"),
        format!("The password is easy to guess: {en}. Better: {en_advice}."),
    )
}

/// Whether little of a password is in no word that is known, nor between such words; of a Chinese name any part is one.
fn has_little_beside(password: &str, words: &[&str]) -> bool {
    let is_kept = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '_' | '@' | '.' | '/' | ',' | '，' | '、' | '。');
    let plain = |text: &str| text.to_lowercase().chars().filter(is_kept).collect::<Vec<char>>();
    let (password, words) = (plain(password), words.iter().map(|word| plain(word)).collect::<Vec<_>>());
    let is_name = |word: &[char]| word.iter().any(|c| !c.is_ascii());
    // From the end: of what begins at each place, the fewest.
    let mut fewest = vec![0; password.len() + 1];
    for from in (0..password.len()).rev() {
        let mut least = fewest[from + 1] + 1;
        for word in &words {
            let rest = &password[from..];
            if is_name(word) {
                let lengths = SHORTEST_OF_NAME..=word.len().min(rest.len());
                let parts = lengths.take_while(|length| word.windows(*length).any(|part| part == &rest[..*length]));
                least = parts.map(|length| fewest[from + length]).fold(least, usize::min);
            } else if !word.is_empty() && rest.starts_with(word) {
                least = least.min(fewest[from + word.len()]);
            }
        }
        fewest[from] = least;
    }
    fewest[0] <= FEW_BESIDE && fewest[0] < password.len()
}

/// The words that guessers of an account's password would try, and their parts: the account's names, and what everybody reads of the hall: names, telephones,
/// websites and addresses.
pub(super) fn fitting_words(hall: &Hall, username: &str, display_name: &str) -> Vec<String> {
    let mut texts = vec![username, display_name, "casehall", &hall.name.zh, &hall.name.en];
    texts.extend([&hall.website, &hall.customer_line, &hall.public_address].into_iter().flatten().map(String::as_str));
    for outlet in &hall.outlets {
        texts.extend([&*outlet.code, &outlet.words.zh, &outlet.words.en]);
        texts.extend(outlet.address.iter().flat_map(|address| [&*address.zh, &address.en]));
        texts.extend(outlet.telephone.as_deref());
    }
    for application in &hall.applications {
        texts.extend([&*application.code, &application.words.zh, &application.words.en]);
        texts.extend([&application.login_address, &application.support_line].into_iter().flatten().map(String::as_str));
    }
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        let text = normalize(text).to_lowercase();
        let parts = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        let shortest = |word: &str| if word.is_ascii() { SHORTEST_WORD } else { SHORTEST_OF_NAME };
        // A telephone is typed with and without what stands between its digits.
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // Nor does anybody say what every website begins with.
        let host =
            text.split("://").last().unwrap_or_default().trim_start_matches("www.").trim_end_matches('/').to_owned();
        let parts = parts.chain([text.clone(), digits, host]);
        words.extend(parts.filter(|word| word.chars().count() >= shortest(word)));
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// A password of 80 random bits that is good for a first sign-in: four groups that are easily read out and typed.
///
/// # Errors
/// When the system has no random numbers.
pub(super) fn one_time() -> Result<String, HashFault> {
    Ok(random_groups()?.to_lowercase())
}

/// 80 random bits as four groups of four characters, without those that look alike (Crockford's base 32).
pub(super) fn random_groups() -> Result<String, HashFault> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = [0_u8; 16];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| HashFault::NoRandomness(error.to_string()))?;
    let characters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    Ok(characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

fn warning_words(warning: Warning) -> (&'static str, &'static str) {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => {
            ("键盘上连成一排的按键容易被猜到", "straight rows of keys are easy to guess")
        }
        Warning::ShortKeyboardPatternsAreEasyToGuess => {
            ("较短的键盘走位容易被猜到", "short keyboard patterns are easy to guess")
        }
        Warning::RepeatsLikeAaaAreEasyToGuess => {
            ("“aaa”这样的重复字符容易被猜到", "repeats like \"aaa\" are easy to guess")
        }
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => (
            "“abcabcabc”这样的重复只比“abc”难猜一点",
            "repeats like \"abcabcabc\" are only slightly harder to guess than \"abc\"",
        ),
        Warning::ThisIsATop10Password => ("这是最常用的10个密码之一", "this is one of the ten most used passwords"),
        Warning::ThisIsATop100Password => {
            ("这是最常用的100个密码之一", "this is one of the hundred most used passwords")
        }
        Warning::ThisIsACommonPassword => ("这是很常用的密码", "this is a very common password"),
        Warning::ThisIsSimilarToACommonlyUsedPassword => {
            ("与常用的密码相近", "this is similar to a commonly used password")
        }
        Warning::SequencesLikeAbcAreEasyToGuess => {
            ("“abc”“6543”这样的连续字符容易被猜到", "sequences like abc or 6543 are easy to guess")
        }
        Warning::RecentYearsAreEasyToGuess => ("近些年的年份容易被猜到", "recent years are easy to guess"),
        Warning::AWordByItselfIsEasyToGuess => ("单独一个单词容易被猜到", "a word by itself is easy to guess"),
        Warning::DatesAreOftenEasyToGuess => ("日期往往容易被猜到", "dates are often easy to guess"),
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => {
            ("单独的姓氏或名字容易被猜到", "names and surnames by themselves are easy to guess")
        }
        Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            ("常见的姓氏和名字容易被猜到", "common names and surnames are easy to guess")
        }
    }
}

fn suggestion_words(suggestion: Suggestion) -> (&'static str, &'static str) {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => {
            ("用几个词组成，避开常见的短语", "use a few words, avoid common phrases")
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            ("不必用符号、数字或大写字母", "no need for symbols, digits or upper-case letters")
        }
        Suggestion::AddAnotherWordOrTwo => {
            ("再加一两个词，越少见越好", "add another word or two; uncommon words are better")
        }
        Suggestion::CapitalizationDoesntHelpVeryMuch => {
            ("首字母大写帮助不大", "capital letters at the beginning don't help very much")
        }
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            ("全部大写几乎和全部小写一样好猜", "all upper case is almost as easy to guess as all lower case")
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            ("把词倒过来写也难不了多少", "reversed words aren't much harder to guess")
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => (
            "用“@”代替“a”这类常见的替换帮助不大",
            "predictable substitutions like \"@\" instead of \"a\" don't help very much",
        ),
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            ("键盘走位要更长、转折更多", "use a longer keyboard pattern with more turns")
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => ("避免重复的词和字符", "avoid repeated words and characters"),
        Suggestion::AvoidSequences => ("避免连续的字符", "avoid sequences"),
        Suggestion::AvoidRecentYears => ("避免近些年的年份", "avoid recent years"),
        Suggestion::AvoidYearsThatAreAssociatedWithYou => {
            ("避免与本人有关的年份", "avoid years that are associated with you")
        }
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            ("避免与本人有关的日期和年份", "avoid dates and years that are associated with you")
        }
    }
}
