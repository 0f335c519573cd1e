//! Forms with a file (`multipart/form-data`, RFC 7578).
//!
//! Guarantees: a handler asks for somebody's right before a byte is read; nothing is read beyond the limits; nothing is done with it
//! before the session's key was found in it. A file that is too large leaves the other fields as they were typed.

use std::future::ready;

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::web::{Bytes, Payload};
use futures_util::{TryStreamExt, stream};

use super::fields::Typed;
use super::form::{KEY, require_key, unreadable};
use crate::domain::base::words::{Fault, Words};
use crate::http::body::{self, BodyLimits, MediaType};
use crate::http::problem::Problem;

/// How many times its limit a file may have that is read to its end, so that it can be told at its field that it is too large.
const READ_TO_ITS_END: usize = 2;

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
    /// Reads a form of a page of this session, whose file has at most so many bytes.
    ///
    /// # Errors
    /// As for every form; 413 where the file is far beyond the limit.
    pub async fn read(request: &HttpRequest, payload: Payload, most: usize) -> Result<Self, Problem> {
        let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
        let limits = BodyLimits { bytes: limits.bytes.max(most * READ_TO_ITS_END), patience: limits.patience * 4 };
        body::check_encoding_and_length(request, limits)?;
        let raw = body::receive(payload, limits).await?;
        let (mut read, mut fields) = (Self::default(), Vec::<(String, String)>::new());
        if MediaType::of(request).essence != "multipart/form-data" {
            // The same form, without a place for a file.
            fields = serde_urlencoded::from_bytes(&raw).map_err(|_| unreadable())?;
        } else {
            read.take_parts(&mut fields, request, raw, most).await?;
        }
        let key = fields.iter().find(|(name, _)| name == KEY).map_or("", |(_, value)| value);
        require_key(request, key)?;
        fields.retain(|(name, _)| name != KEY);
        read.typed = fields.into();
        Ok(read)
    }

    async fn take_parts(
        &mut self,
        fields: &mut Vec<(String, String)>,
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

/// What the file of a part is called; none where it is no file.
fn file_name(part: &Field) -> Option<String> {
    part.content_disposition()?.get_filename().map(str::to_owned)
}

async fn text(part: &mut Field, most: usize) -> Result<String, Problem> {
    let bytes = part.bytes(most).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    String::from_utf8(bytes.to_vec()).map_err(|_| unreadable())
}
