//! The README's picture: the output of the quickstart on a terminal, as SVG, for light and dark pages.
//!
//!     cargo run --example picture > docs/terminal.svg
//!
//! `tests/it/readme.rs` compares `docs/terminal.svg` with it.

#![allow(clippy::print_stdout, clippy::panic, reason = "an example talks, and stops where it cannot go on")]

use std::fmt::Write as _;
use std::process::Command;

/// Width of a character and height of a line, in pixels of a 14 pixel font.
const CELL: (f64, f64) = (8.4, 19.0);
const PADDING: f64 = 20.0;

const STYLE: &str = "\
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}\
.page{fill:#f6f8fa;stroke:#d1d9e0}text{fill:#1f2328}.red{fill:#cf222e}.green{fill:#1a7f37}\
.yellow{fill:#9a6700}.magenta{fill:#8250df}.cyan{fill:#0969da}.bold{font-weight:bold}.dim{fill:#59636e}\
.underlined{text-decoration:underline}\
@media(prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#3d444d}text{fill:#f0f6fc}.red{fill:#ff7b72}\
.green{fill:#3fb950}.yellow{fill:#d29922}.magenta{fill:#d2a8ff}.cyan{fill:#79c0ff}.dim{fill:#9198a1}}";

fn main() {
    let printed = quickstart();
    let (printed, _) = printed.split_once("\n\n$ echo $?").unwrap_or((&printed, ""));
    let mut rows = String::new();
    let mut classes = Vec::new();
    let (mut columns, mut lines) = (0, 0);
    for line in printed.lines() {
        lines += 1;
        columns = columns.max(row(&mut rows, line, lines, &mut classes));
    }
    let width = size(columns, CELL.0) + 2.0 * PADDING;
    let height = size(lines, CELL.1) + 2.0 * PADDING;
    println!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"pullable check on a terminal\">\n\
         <style>{STYLE}</style>\n\
         <rect class=\"page\" x=\".5\" y=\".5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n{rows}</svg>",
        width - 1.0,
        height - 1.0,
    );
}

/// The coloured output of the quickstart, whose program is beside this one.
fn quickstart() -> String {
    let path = std::env::current_exe().unwrap_or_default().with_file_name("quickstart");
    match Command::new(&path).env("CLICOLOR_FORCE", "1").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => panic!("{}: {error}; cargo build --examples builds it", path.display()),
    }
}

/// Writes a line, in runs of one style each at its own column; the number of its columns.
fn row(out: &mut String, line: &str, number: usize, classes: &mut Vec<&'static str>) -> usize {
    let mut column = 0;
    let mut cells = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (text, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
        if !text.trim().is_empty() {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            let x = PADDING + size(column, CELL.0);
            let _ = write!(cells, "<tspan x=\"{x:.1}\" class=\"{}\">{text}</tspan>", classes.join(" "));
        }
        column += text.chars().count();
        let (codes, text) = after.split_once('m').unwrap_or(("", ""));
        codes.split(';').for_each(|code| restyle(classes, code));
        rest = text;
    }
    if !cells.is_empty() {
        let y = PADDING + size(number, CELL.1) - 5.0;
        let _ = writeln!(out, "<text y=\"{y:.0}\">{}</text>", cells.replace(" class=\"\"", ""));
    }
    column
}

/// Applies a code of ECMA-48, section 8.3.117, as a terminal does.
fn restyle(classes: &mut Vec<&'static str>, code: &str) {
    const COLOURS: [&str; 5] = ["red", "green", "yellow", "magenta", "cyan"];
    let class = match code {
        "1" => "bold",
        "2" => "dim",
        "4" => "underlined",
        "31" => "red",
        "32" => "green",
        "33" => "yellow",
        "35" => "magenta",
        "36" => "cyan",
        "39" => return classes.retain(|class| !COLOURS.contains(class)),
        "" => return,
        _ => return classes.clear(),
    };
    if !classes.contains(&class) {
        classes.push(class);
    }
}

#[allow(clippy::cast_precision_loss, reason = "a terminal is small")]
fn size(cells: usize, each: f64) -> f64 {
    cells as f64 * each
}
