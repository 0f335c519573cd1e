//! Workbooks of spreadsheet programs, where a table as text is expected: told apart from text that can't be read, since whoever sends
//! one needs another advice.

use crate::domain::base::words::Words;

/// How files begin that are archives (XLSX, ODS) or compound documents (XLS).
const BEGINNINGS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// What to do instead, where a file begins as a workbook does; its first four bytes are enough.
pub fn workbook(head: &[u8]) -> Option<Words> {
    let zh = "这是工作簿文件（如 .xlsx），请在表格软件中另存为“CSV UTF-8（逗号分隔）”后再提交";
    let en = "this is a workbook, such as .xlsx; save it as “CSV UTF-8 (comma delimited)” in your spreadsheet program";
    BEGINNINGS.iter().any(|known| head.starts_with(known)).then(|| Words::new(zh, en))
}
