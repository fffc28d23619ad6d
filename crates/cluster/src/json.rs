//! JSON: each document is read as a stream, and each item of its list becomes an object before the next one is read.

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::blanks::skip_blanks;
use crate::dump::Dump;
use crate::error::DumpError;
use crate::object::Object;

/// Reads documents to the end of a stream. `lines`: those before it.
pub(crate) fn read(stream: &mut impl BufRead, lines: usize, dump: &mut Dump) -> Result<(), DumpError> {
    let mut lines = lines;
    loop {
        let mut counted = Counted { stream: &mut *stream, lines: 0 };
        let mut parser = serde_json::Deserializer::from_reader(&mut counted);
        let read = One { dump: &mut *dump, parent: None }.deserialize(&mut parser);
        read.map_err(|error| place(&error, lines))?;
        lines += counted.lines;
        let (blanks, next) = skip_blanks(stream)?;
        lines += blanks;
        match next {
            None => return Ok(()),
            Some(b'{') => {}
            Some(_) => return Err(DumpError::Foreign { line: lines + 1 }),
        }
    }
}

/// The place of an error. Its text is left out: it repeats values.
fn place(error: &serde_json::Error, before: usize) -> DumpError {
    let (line, column) = (before + error.line(), error.column());
    match error.classify() {
        Category::Io => {
            DumpError::Read(std::io::Error::from(error.io_error_kind().unwrap_or(std::io::ErrorKind::Other)))
        }
        Category::Eof => DumpError::Truncated { line },
        Category::Syntax => DumpError::Syntax { form: "JSON", line, column },
        Category::Data => DumpError::Type { line, column },
    }
}

/// A stream that counts lines.
struct Counted<'s, S> {
    stream: &'s mut S,
    lines: usize,
}

impl<S: BufRead> Read for Counted<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.lines += buffer.iter().take(read).filter(|byte| **byte == b'\n').count();
        Ok(read)
    }
}

/// An object, or a list of objects.
struct One<'d> {
    dump: &'d mut Dump,
    /// API version and kind of the items, by the list that holds them: those of a `PodList` name none.
    parent: Option<(String, String)>,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of Kubernetes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut object = Object::default();
        let mut is_list = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "apiVersion" => object.api_version = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "kind" => object.kind = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "metadata" => object.metadata = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "spec" => object.spec = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "status" => object.status = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "items" => {
                    is_list = true;
                    let item = object.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
                    let parent = item.map(|kind| (object.api_version.clone(), kind.to_owned()));
                    map.next_value_seed(Items { dump: &mut *self.dump, parent })?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if is_list {
            return Ok(());
        }
        if let Some((api_version, kind)) = self.parent.filter(|_| object.kind.is_empty()) {
            (object.api_version, object.kind) = (api_version, kind);
        }
        self.dump.add(object);
        Ok(())
    }
}

/// The items of a list.
struct Items<'d> {
    dump: &'d mut Dump,
    parent: Option<(String, String)>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        while items.next_element_seed(One { dump: &mut *self.dump, parent: self.parent.clone() })?.is_some() {
        }
        Ok(())
    }
}
