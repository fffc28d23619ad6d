//! Texts with numbers, and the same texts without them.

use std::sync::Arc;

use proptest::prelude::*;
use source::SourceFile;
use yaml::Node;

use super::*;
use crate::trace::shape::{self, Shape};
use crate::trace::unmark::{Piece, unmark};

fn candidate(text: &str, shape: Shape) -> Candidate {
    let file = SourceFile::decode(RepoPath::new("values.yaml"), text.as_bytes().to_vec()).unwrap();
    let node = Node::whole_of(&Arc::new(file));
    let place = Place::File { path: RepoPath::new("values.yaml"), range: 0..text.len(), is_scalar: false };
    Candidate { place, node, text: text.to_owned(), slots: shape::slots(text, shape) }
}

fn marks(texts: &[(&str, Shape)]) -> Marks {
    let mut marks = Marks::new("").unwrap();
    marks.add(texts.iter().map(|(text, shape)| candidate(text, *shape)).collect());
    marks
}

fn piece(at: Range<usize>, candidate: usize, part: Range<usize>) -> Piece {
    Piece { at, candidate, part }
}

#[test]
fn pieces_reach_as_far_as_their_text() {
    let marks = marks(&[("quay.io", Shape::Registry), ("shop/web", Shape::Name), ("v1.4.2-rc1", Shape::Tag)]);
    let [registry, name, tag] = [0, 1, 2].map(|index| marks.text(index).unwrap());
    let unmarked = unmark(&format!("{registry}/{name}:{tag}"), &marks);
    assert_eq!(unmarked.text, "quay.io/shop/web:v1.4.2-rc1");
    assert_eq!(unmarked.pieces, [piece(0..7, 0, 0..7), piece(8..16, 1, 0..8), piece(17..27, 2, 0..10)]);
    let cut = unmark(&format!("my-{}", &tag[1..]), &marks);
    assert_eq!((cut.text.as_str(), cut.pieces), ("my-1.4.2-rc1", vec![piece(3..12, 2, 1..10)]));
}

#[test]
fn a_number_without_its_surroundings_stays() {
    let marks = marks(&[("shop/web", Shape::Name), ("quay.io", Shape::Registry)]);
    let name = marks.text(0).unwrap();
    let joined = name.replace('-', "_");
    assert_eq!(unmark(&joined, &marks).text, joined);
    let upper = marks.text(1).unwrap().to_ascii_uppercase();
    assert_eq!(unmark(&upper, &marks).text, upper);
    assert_eq!(unmark("979700000", &marks).text, "979700000");
    assert_eq!(unmark("97666667979", &marks).text, "97666667979", "there is no such number");
}

#[test]
fn a_frame_that_is_not_in_the_plain_output() {
    assert_eq!(Marks::new("a 970012379 b").unwrap().frame, ["98", "89"]);
    assert_eq!(Marks::new("a 970012879 b").unwrap().frame, ["97", "79"], "8 is no digit of a number");
    assert!(Marks::new("970000079 980000089 870000078 890000098").is_none());
}

#[test]
fn ranges_are_taken_once() {
    let marks = marks(&[("shop/web", Shape::Name)]);
    let path = RepoPath::new("values.yaml");
    for (range, expected) in [(0..3, true), (7..9, true), (8..9, false)] {
        assert_eq!(marks.is_taken(&path, &range), expected);
    }
    assert!(!marks.is_taken(&RepoPath::new("other"), &(0..3)));
    assert_eq!(edited("abcdef", vec![(4..5, "E".into()), (1..3, "x".into()), (2..4, "y".into())]), "axdEf");
}

proptest! {
    #[test]
    fn numbers_go_as_they_came(
        texts in prop::collection::vec("[-a-z0-9./:@_ö]{1,24}", 1..6),
        between in "[-a-z0-9./:@_ ]{0,6}",
        shape in prop::sample::select(vec![Shape::Registry, Shape::Name, Shape::Tag, Shape::Image]),
    ) {
        let pairs: Vec<(&str, Shape)> = texts.iter().map(|text| (text.as_str(), shape)).collect();
        let marks = marks(&pairs);
        let with: Vec<String> = (0..texts.len()).filter_map(|index| marks.text(index)).collect();
        let unmarked = unmark(&with.join(&between), &marks);
        prop_assert_eq!(&unmarked.text, &texts.join(&between));
        let mut done = 0;
        for piece in &unmarked.pieces {
            prop_assert!(piece.at.start >= done);
            done = piece.at.end;
            let origin = &marks.candidates[piece.candidate].text[piece.part.clone()];
            prop_assert_eq!(&unmarked.text[piece.at.clone()], origin);
        }
    }

    #[test]
    fn any_text_can_be_read(text in "[97p.\\-a0-6ö]{0,60}") {
        let marks = marks(&[("1.2.3", Shape::Tag), ("quay.io", Shape::Registry)]);
        let unmarked = unmark(&text, &marks);
        for piece in &unmarked.pieces {
            prop_assert!(unmarked.text.get(piece.at.clone()).is_some());
        }
    }
}
