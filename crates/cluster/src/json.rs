//! JSON: each document is read as a stream, and each item of its list becomes an object before the next one is read.

use std::fmt;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::blanks::skip_blanks;
use crate::dump::{Dump, is_workload_kind};
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

/// Fields of an object by their names, before it is known which kind it is.
type Early = Map<String, Value>;

/// An object, or a list of objects.
struct One<'d> {
    dump: &'d mut Dump,
    /// API version and kind of the items, derived from the list: the items of a `PodList` name none.
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
        let mut early = Early::new();
        let mut is_list = false;
        while let Some(key) = map.next_key::<String>()? {
            let known = known_kind(&object, self.parent.as_ref());
            match (key.as_str(), known) {
                ("apiVersion", _) => object.api_version = map.next_value::<Option<_>>()?.unwrap_or_default(),
                ("kind", _) => object.kind = map.next_value::<Option<_>>()?.unwrap_or_default(),
                ("items", known) if known != Some(Reading::Skipped) => {
                    is_list = true;
                    let item = object.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
                    let parent = item.map(|kind| (object.api_version.clone(), kind.to_owned()));
                    map.next_value_seed(Items { dump: &mut *self.dump, parent })?;
                }
                ("takenAt", None) if object.kind == "List" => self.dump.taken_at = map.next_value()?,
                ("metadata", Some(Reading::Typed)) => object.metadata = or_default(&mut map)?,
                ("spec", Some(Reading::Typed)) => object.spec = or_default(&mut map)?,
                ("status", Some(Reading::Typed)) => object.status = or_default(&mut map)?,
                ("metadata" | "spec" | "status", None) => _ = early.insert(key, map.next_value()?),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if is_list {
            return Ok(());
        }
        if let Some((api_version, kind)) = self.parent.filter(|_| object.kind.is_empty()) {
            (object.api_version, object.kind) = (api_version, kind);
        }
        self.dump.add(completed(object, early).map_err(M::Error::custom)?);
        Ok(())
    }
}

/// The way in which the fields of an object are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As the fields of a kind that runs images.
    Typed,
    /// Not at all: a custom resource gives them any type.
    Skipped,
}

/// The way in which the fields of an object are read; `None` until its kind is known.
fn known_kind(object: &Object, parent: Option<&(String, String)>) -> Option<Reading> {
    let (api_version, kind) = match parent.filter(|_| object.kind.is_empty()) {
        Some((api_version, kind)) => (api_version, kind),
        None if object.kind.is_empty() || object.api_version.is_empty() => return None,
        None => (&object.api_version, &object.kind),
    };
    let is_list = kind.ends_with("List");
    if is_workload_kind(api_version, kind) {
        Some(Reading::Typed)
    } else {
        (!is_list).then_some(Reading::Skipped)
    }
}

fn or_default<'de, M: MapAccess<'de>, T: Deserialize<'de> + Default>(map: &mut M) -> Result<T, M::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}

/// An object with the fields that came before its kind.
fn completed(object: Object, early: Early) -> Result<Object, serde_json::Error> {
    if early.is_empty() || !is_workload_kind(&object.api_version, &object.kind) {
        return Ok(object);
    }
    let [metadata, spec, status] = ["metadata", "spec", "status"].map(|name| early.contains_key(name));
    let fields: Object = serde_json::from_value(Value::Object(early))?;
    Ok(Object {
        metadata: if metadata { fields.metadata } else { object.metadata },
        spec: if spec { fields.spec } else { object.spec },
        status: if status { fields.status } else { object.status },
        ..object
    })
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
