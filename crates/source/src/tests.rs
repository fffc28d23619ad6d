use super::*;

fn file(bytes: &[u8]) -> SourceFile {
    SourceFile::decode(RepoPath::new("a.yaml"), bytes.to_vec()).unwrap()
}

fn locate(file: &SourceFile, needle: &str) -> Location {
    let start = file.text().find(needle).unwrap();
    file.location(Span::new(start..start + needle.len()))
}

#[test]
fn paths_are_normalised() {
    assert_eq!(RepoPath::new("./a//b/../c.yaml").as_str(), "a/c.yaml");
    assert_eq!(RepoPath::new("../../x").as_str(), "x");
    assert_eq!(RepoPath::new("a/b").join("../c").as_str(), "a/c");
    assert_eq!(RepoPath::new("a/b/c").parent().as_str(), "a/b");
    let above: Vec<String> = RepoPath::new("a/b/c").ancestors().map(|p| p.to_string()).collect();
    assert_eq!(above, ["a/b", "a", ""]);
}

#[test]
fn yaml_is_told_by_its_name() {
    for (path, is) in [
        ("a.yaml", true),
        ("a.YML", true),
        ("a.json", true),
        (".yaml", true),
        ("a.txt", false),
        ("a/Kustomization", true),
    ] {
        assert_eq!(RepoPath::new(path).is_yaml(), is, "{path}");
    }
}

#[test]
fn lines_and_columns_count_characters_from_one() {
    let file = file("α: β\r\nimage: ö:1\n".as_bytes());
    let at = locate(&file, "ö:1");
    assert_eq!((at.line, at.column, at.end_line, at.end_column), (2, 8, 2, 11));
    assert_eq!((at.byte_start, at.byte_end), (15, 19));
    assert_eq!(file.line(1), Some("α: β"));
    assert_eq!(file.line(3), Some(""));
    assert_eq!(file.line(4), None);
}

#[test]
fn a_mark_is_no_column_but_three_bytes() {
    let file = file(b"\xef\xbb\xbfimage: a\n");
    let at = locate(&file, "image");
    assert_eq!((at.line, at.column, at.byte_start), (1, 1, 3));
}

#[test]
fn utf16_offsets_are_those_of_the_file() {
    let text = "é: 😀\nimage: a\n";
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let mut bytes: Vec<u8> = order(0xfeff).to_vec();
        bytes.extend(text.encode_utf16().flat_map(order));
        let file = file(&bytes);
        assert_eq!(file.text(), text);
        let at = locate(&file, "image");
        assert_eq!((at.line, at.column), (2, 1));
        let stored: Vec<u8> = "image".encode_utf16().flat_map(order).collect();
        assert_eq!(&bytes[at.byte_start..at.byte_end], stored);
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let decode = |bytes: &[u8]| SourceFile::decode(RepoPath::new("a"), bytes.to_vec()).map(|_| ());
    assert_eq!(decode(b"ab\xff"), Err(DecodeError::Utf8 { byte: 2, may_be_read: false }));
    assert_eq!(decode(b" {\n\"\xff\": 1}"), Err(DecodeError::Utf8 { byte: 4, may_be_read: true }));
    assert_eq!(decode(b"a: 1\n---\n\xff"), Err(DecodeError::Utf8 { byte: 9, may_be_read: true }));
    assert_eq!(decode(b"{{\xff}}"), Err(DecodeError::Utf8 { byte: 2, may_be_read: false }));
    assert_eq!(decode(b"\xff\xfea"), Err(DecodeError::Utf16));
    assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(DecodeError::Utf16));
}
