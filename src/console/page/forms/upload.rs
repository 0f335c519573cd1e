//! Forms with a file (`multipart/form-data`, RFC 7578).
//!
//! Guarantees: somebody's right is asked for before a byte is read; nothing is read beyond the limits; nothing is done with it
//! before the session's key was found in it. A file that is too large leaves the other fields as they were typed. What was typed is kept
//! as of every form (`form`), and of a file that was chosen when the session had ended, its name: it is asked for once more.

use std::future::ready;

use actix_multipart::{Field, Multipart};
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpRequest};
use futures_util::{TryStreamExt, stream};

use super::super::session::form_key::Origin;
use super::super::visitor::Visitor;
use super::fields::Typed;
use super::form::{Fields, KEY, limits, origin, sender, unreadable};
use crate::domain::base::words::{Fault, Words};
use crate::http::body::{self, BodyLimits, MediaType};
use crate::http::problem::Problem;

/// How many times its limit a file may have that is read to its end, so that it can be told at its field that it is too large.
const READ_TO_ITS_END: usize = 2;
/// Name of the field for a file.
const FILE: &str = "file";

/// A file that was chosen.
#[derive(Debug)]
pub struct ChosenFile {
    /// What it is called where it came from.
    pub name: String,
    /// What is in it.
    pub content: Bytes,
}

/// What a form with a file says.
#[derive(Debug, Default)]
pub struct Upload {
    /// Its fields.
    pub typed: Typed,
    /// Its file, where one was chosen.
    pub file: Option<ChosenFile>,
    /// What is wrong with it already.
    pub faults: Vec<Fault>,
}

impl Upload {
    /// Reads a form of whoever may send it, whose file has at most so many bytes, with who sent it.
    ///
    /// # Errors
    /// As for every form; 413 where the file is far beyond the limit.
    pub async fn read(
        request: &HttpRequest,
        payload: Payload,
        most: usize,
        may: impl FnOnce(&Visitor) -> Result<(), Problem>,
    ) -> Result<(Visitor, Self), Problem> {
        let visitor = match Visitor::extract(request).await {
            Ok(visitor) => visitor,
            Err(problem) => {
                let fields = unsent(request, payload, most).await.unwrap_or_default();
                return sender(request, Err(problem), &fields).map(|visitor| (visitor, Self::default()));
            }
        };
        may(&visitor)?;
        let limits = longer(request, most);
        body::check_encoding_and_length(request, limits)?;
        let raw = body::receive(payload, limits).await?;
        let (mut read, mut fields) = (Self::default(), Fields::new());
        if is_multipart(request) {
            read.take_parts(&mut fields, request, raw, most).await?;
        } else {
            // The same form, without a place for a file.
            let typed = Typed(serde_urlencoded::from_bytes(&raw).map_err(|_| unreadable())?);
            let carried = typed.carried();
            fields = if carried.is_empty() { typed.into_fields() } else { carried };
        }
        let visitor = sender(request, Ok(visitor), &fields)?;
        fields.retain(|(name, _)| name != KEY);
        read.typed = fields.into();
        read.ask_again();
        Ok((visitor, read))
    }

    /// Says that a file that was chosen before the session ended must be chosen once more: a browser sends none that a page names.
    fn ask_again(&mut self) {
        let Some(name) = self.typed.given(FILE) else { return };
        self.typed.clear(FILE);
        let (zh, en) = (
            format!("登录已结束，文件“{name}”没有留下，请重新选择"),
            format!("the session had ended and the file \"{name}\" wasn't kept; please choose it again"),
        );
        self.faults.push(Fault::new(format!("/{FILE}"), "missing_field", Words::new(zh, en)));
    }

    async fn take_parts(
        &mut self,
        fields: &mut Fields,
        request: &HttpRequest,
        raw: Bytes,
        most: usize,
    ) -> Result<(), Problem> {
        let longest = raw.len();
        let mut parts = Multipart::new(request.headers(), stream::once(ready(Ok(raw))));
        while let Some(mut part) = parts.try_next().await.map_err(|_| unreadable())? {
            let name = part.name().ok_or_else(unreadable)?.to_owned();
            match file_name(&part) {
                Some(file) => self.take_file(&name, file, &mut part, most).await?,
                None => fields.push((name, text(&mut part, longest).await?)),
            }
        }
        Ok(())
    }

    /// A field for a file in which none was chosen is sent, too: without a name and empty.
    async fn take_file(&mut self, field: &str, name: String, part: &mut Field, most: usize) -> Result<(), Problem> {
        match part.bytes(most).await {
            Ok(content) => {
                let content = content.map_err(|_| unreadable())?;
                if !name.is_empty() || !content.is_empty() {
                    self.file = Some(ChosenFile { name, content });
                }
            }
            Err(_) => {
                let most = most / (1024 * 1024);
                let (zh, en) = (format!("文件不能超过 {most} MB"), format!("the file may have at most {most} MB"));
                self.faults.push(Fault::new(format!("/{field}"), "file_too_large", Words::new(zh, en)));
            }
        }
        Ok(())
    }
}

/// What somebody sends who isn't signed in any more: its fields, and of its file the name. Of what is no page of this browser nothing is
/// read beyond the key, and none of the file is kept.
async fn unsent(request: &HttpRequest, payload: Payload, most: usize) -> Result<Fields, Problem> {
    let (short, long) = (limits(request), longer(request, most));
    if !is_multipart(request) {
        body::check_encoding_and_length(request, short)?;
        return serde_urlencoded::from_bytes(&body::receive(payload, short).await?).map_err(|_| unreadable());
    }
    body::check_encoding_and_length(request, long)?;
    tokio::time::timeout(long.patience, typed_parts(request, payload, short.bytes, long.bytes))
        .await
        .map_err(|_| unreadable())?
}

/// The fields of a form whose file passes by unread.
async fn typed_parts(
    request: &HttpRequest,
    payload: Payload,
    longest: usize,
    mut left: usize,
) -> Result<Fields, Problem> {
    let mut fields = Fields::new();
    let mut parts = Multipart::new(request.headers(), payload);
    while let Some(mut part) = parts.try_next().await.map_err(|_| unreadable())? {
        let name = part.name().ok_or_else(unreadable)?.to_owned();
        match file_name(&part) {
            Some(file) => {
                while let Some(passing) = part.try_next().await.map_err(|_| unreadable())? {
                    left = left.checked_sub(passing.len()).ok_or_else(unreadable)?;
                }
                fields.extend(Some((name, file)).filter(|(_, file)| !file.is_empty()));
            }
            None => {
                let text = text(&mut part, longest).await?;
                left = left.checked_sub(text.len()).ok_or_else(unreadable)?;
                fields.push((name, text));
            }
        }
        if origin(request, &fields) == Origin::Elsewhere {
            return Err(unreadable());
        }
    }
    Ok(fields)
}

fn is_multipart(request: &HttpRequest) -> bool {
    MediaType::of(request).essence == "multipart/form-data"
}

/// The limits of a form with a file of at most so many bytes.
fn longer(request: &HttpRequest, most: usize) -> BodyLimits {
    let limits = limits(request);
    BodyLimits { bytes: limits.bytes.max(most * READ_TO_ITS_END), patience: limits.patience * 4 }
}

/// What the file of a part is called; none where it is no file.
fn file_name(part: &Field) -> Option<String> {
    part.content_disposition()?.get_filename().map(str::to_owned)
}

async fn text(part: &mut Field, most: usize) -> Result<String, Problem> {
    let bytes = part.bytes(most).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    String::from_utf8(bytes.to_vec()).map_err(|_| unreadable())
}
