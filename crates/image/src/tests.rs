use super::*;

fn normal(text: &str) -> String {
    parse(text).map_or_else(|error| panic!("{text}: {error}"), |(image, _)| image.to_string())
}

#[test]
fn docker_normalisation() {
    let sha = format!("sha256:{}", "a".repeat(64));
    for (written, expected) in [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("docker.io/nginx:1", "docker.io/library/nginx:1"),
        ("index.docker.io/grafana/grafana:1", "docker.io/grafana/grafana:1"),
        ("grafana/grafana:11.2.0", "docker.io/grafana/grafana:11.2.0"),
        ("ghcr.io/a/b:c", "ghcr.io/a/b:c"),
        ("localhost/a:b", "localhost/a:b"),
        ("localhost:5000/a:b", "localhost:5000/a:b"),
        ("[::1]:5000/a/b:c", "[::1]:5000/a/b:c"),
        ("[2001:db8::1]/a", "[2001:db8::1]/a:latest"),
        ("Registry/a:b", "Registry/a:b"),
        ("my-reg.io/a:b", "my-reg.io/a:b"),
        ("quay.io/a__b/c-d.e--f:X_y.Z-1", "quay.io/a__b/c-d.e--f:X_y.Z-1"),
    ] {
        assert_eq!(normal(written), expected);
    }
    assert_eq!(normal(&format!("nginx@{sha}")), format!("docker.io/library/nginx@{sha}"));
    assert_eq!(normal(&format!("nginx:1@{sha}")), format!("docker.io/library/nginx:1@{sha}"));
}

/// `text` with the fault's place between `«` and `»`, and the message.
fn faulty(text: &str) -> String {
    let error = parse(text).map(|(image, _)| image).unwrap_err();
    let (before, rest) = text.split_at(error.at.start);
    let (at, after) = rest.split_at(error.at.end - error.at.start);
    format!("{before}«{at}»{after}: {error}")
}

#[test]
fn faults_name_their_place() {
    let long = format!("a:{}", "x".repeat(129));
    let id = "a".repeat(64);
    let upper = format!("a@sha256:{}", "A".repeat(64));
    for (text, place) in [
        ("", "«»: the reference is empty"),
        ("a b", "a« »b: a reference must not contain white space"),
        ("docker://a/b:c", "«docker://»a/b:c: a reference has no scheme"),
        ("ghcr.io/Acme/web:1", "ghcr.io/«Acme»/web:1: a repository is written in lower case"),
        ("acme/Web", "acme/«Web»: a repository is written in lower case"),
        ("alpine:invalid!", "alpine:invalid«!»: '!' is not allowed in a tag"),
        ("alpine:-x", "alpine:«-»x: '-' is not allowed in a tag"),
        ("alpine:1.é", "alpine:1.«é»: 'é' is not allowed in a tag"),
        ("alpine:", "alpine«:»: the tag is empty"),
        (":1", "«:»1: a part of the repository is empty"),
        ("a//b", "a«/»/b: a part of the repository is empty"),
        ("a/b/", "a/b«/»: a part of the repository is empty"),
        ("a/b-:1", "a/«b-»:1: \"b-\" cannot be part"),
        ("a/b___c", "a/«b___c»: \"b___c\" cannot be part"),
        ("a/b..c", "a/«b..c»: \"b..c\" cannot be part"),
        ("reg.io:99999/a", "reg.io«:99999»/a: \"99999\" is not a port"),
        ("reg.io:/a", "reg.io«:»/a: \"\" is not a port"),
        ("reg.io:+80/a", "reg.io«:+80»/a: \"+80\" is not a port"),
        ("re_g.io/a", "«re_g.io»/a: \"re_g.io\" is not the name"),
        ("-reg.io/a", "«-reg.io»/a: \"-reg.io\" is not the name"),
        ("[::g]/a", "«[::g]»/a: \"[::g]\" is not the name"),
        ("[::1", "«[::1»: "),
        ("a@sha256", "a«@sha256»: a digest is written"),
        ("a@md5:abc", "a«@md5»:abc: \"md5\" is not a digest algorithm"),
        ("a@sha256:abX", "a@sha256:ab«X»: "),
        ("a@sha256:abc", "a@«sha256:abc»: a sha256 digest has 64 hexadecimal digits, this one has 3"),
        (&long, "a:«x"),
        (&id, "«aaaa"),
        (&upper, "a@sha256:«A»"),
    ] {
        let said = faulty(text);
        assert!(said.starts_with(place), "{said}\nis not\n{place}");
    }
}

#[test]
fn parts_slice_back() {
    let sha = format!("sha256:{}", "0".repeat(64));
    let text = format!("reg.io:5000/a/b:1.2@{sha}");
    let (_, parts) = parse(&text).unwrap();
    assert_eq!(&text[parts.name], "reg.io:5000/a/b");
    assert_eq!(&text[parts.tag.unwrap()], "1.2");
    assert_eq!(&text[parts.digest.unwrap()], sha);
}

#[test]
fn oci_client_reads_it_alike() {
    for text in ["nginx", "ghcr.io/a/b:c", "localhost:5000/x/y:1"] {
        let (ours, theirs) = (parse(text).unwrap().0, text.parse::<oci_client::Reference>().unwrap());
        assert_eq!(ours.to_string(), theirs.whole());
    }
}

proptest::proptest! {
    /// For every text, the parser returns a result, and the places in it are within the text.
    #[test]
    fn any_text(text in "[a-zA-Z0-9:/@._\\[\\] é!-]{0,40}") {
        match parse(&text) {
            Ok((image, parts)) => {
                proptest::prop_assert!(text.get(parts.name).is_some());
                let again = parse(&image.to_string());
                proptest::prop_assert_eq!(again.map(|(image, _)| image.to_string()), Ok(image.to_string()));
            }
            Err(error) => proptest::prop_assert!(text.get(error.at).is_some_and(|at| !at.is_empty() || text.is_empty())),
        }
    }
}

#[test]
fn lengths_and_ports_at_their_bounds() {
    let tag = "x".repeat(128);
    assert_eq!(normal(&format!("r.io/a:{tag}")), format!("r.io/a:{tag}"));
    // Registry, slash and repository together have 255 bytes.
    let path = "a".repeat(255 - "r.io/".len());
    assert_eq!(normal(&format!("r.io/{path}:1")), format!("r.io/{path}:1"));
    assert_eq!(parse(&format!("r.io/{path}a:1")).unwrap_err().fault, Fault::LongName);
    for port in ["1", "65535"] {
        assert_eq!(normal(&format!("r.io:{port}/a:1")), format!("r.io:{port}/a:1"));
    }
    for (text, shown) in [
        ("[::1]:0/a:1", "[::1]«:0»/a:1"),
        ("[::1]:99999/a", "[::1]«:99999»/a"),
        ("r.io:0/a:1", "r.io«:0»/a:1"),
        ("r.io:/a:1", "r.io«:»/a:1"),
        ("r.io:65536/a", "r.io«:65536»/a"),
    ] {
        assert_eq!(faulty(text).split(": ").next(), Some(shown));
    }
}

#[test]
fn the_place_of_a_digest_begins_at_its_sign() {
    assert_eq!(faulty("r.io/a@sha256").split(": ").next(), Some("r.io/a«@sha256»"));
    assert_eq!(faulty("r.io/a@md5:00").split(": ").next(), Some("r.io/a«@md5»:00"));
    let (_, parts) = parse(&format!("r.io/a:1@sha256:{}", "a".repeat(64))).unwrap();
    assert_eq!(parts.digest, Some(9..9 + 71));
}

#[test]
fn domains_have_a_label_in_front() {
    assert!(is_below("a.example.com", ".example.com"));
    assert!(is_below("A.Example.COM", ".example.com"));
    for host in [".example.com", "example.com", "a.example.org", ""] {
        assert!(!is_below(host, ".example.com"), "{host}");
    }
}

#[test]
fn a_name_has_neither_tag_nor_digest() {
    assert_eq!(parse("r.io/a/b:1").unwrap().0.name(), "r.io/a/b");
}
