//! Tests of programs that end, and of programs that do not.

use std::fs;

use super::*;

fn soon() -> Deadline {
    Deadline::after(Duration::from_millis(300))
}

fn long() -> Deadline {
    Deadline::after(Duration::from_secs(30))
}

fn shell(script: &str) -> Program {
    Program::new("sh").args(["-c", script])
}

#[test]
fn output_input_and_environment() {
    let program = shell("cat; echo $A$B >&2; pwd; exit 3").input("hello ").env("A", "1");
    let output = program.env("B", "2").without_env("B").folder("/").run(&long()).unwrap();
    assert_eq!(output.stdout, b"hello /\n");
    assert_eq!((output.message().as_str(), output.status.code()), ("1", Some(3)));
    assert!(!output.success());
    let cleared = shell("echo x$HOME").clear_env().run(&long()).unwrap();
    assert_eq!(cleared.stdout, b"x\n");
    assert!(shell("! read line").run(&long()).unwrap().success(), "there is no input");
    let unread = shell("exec <&-; exit 0").input(vec![b'x'; 1 << 20]).run(&long()).unwrap();
    assert!(unread.success());
}

#[test]
fn a_program_that_is_not_there() {
    let error = Program::new("/nonexistent/program").run(&long()).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/program cannot be run: "), "{error}");
}

#[test]
fn a_silent_program_ends_with_the_deadline() {
    let start = Instant::now();
    for script in ["sleep 60", "exec >&- 2>&-; sleep 60", "trap '' TERM; sleep 60 & sleep 60"] {
        let error = shell(script).run(&soon()).unwrap_err();
        let passed = Overdue::Passed(Duration::from_millis(300));
        assert_eq!(error, ProgramError::Overdue { program: "sh".into(), why: passed }, "{script}");
    }
    let cancelled = long();
    cancelled.cancel();
    let error = shell("sleep 60").run(&cancelled).unwrap_err();
    assert_eq!(error.to_string(), "sh was stopped: the run was cancelled");
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// As git does with the lock of a ref.
#[test]
fn a_program_removes_its_lock_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let script = format!("trap 'rm {0}; exit' TERM; echo >{0}; sleep 60 & wait", lock.display());
    let deadline = long();
    let error = thread::scope(|scope| {
        let run = scope.spawn(|| shell(&script).run(&deadline).unwrap_err());
        while !lock.exists() {
            thread::sleep(PAUSE);
        }
        deadline.cancel();
        run.join().unwrap()
    });
    assert!(matches!(error, ProgramError::Overdue { why: Overdue::Cancelled, .. }), "{error}");
    assert!(!lock.exists());
}

/// A grandchild that ignores SIGTERM is sent SIGKILL, although the child itself has ended.
#[test]
fn children_that_ignore_a_request_end_with_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    let script = format!("(trap '' TERM; sleep 1; echo alive >{}) & sleep 60", file.display());
    shell(&script).run(&soon()).unwrap_err();
    thread::sleep(Duration::from_millis(1500));
    assert!(!file.exists());
}

#[test]
fn children_of_the_program_end_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    let script = format!("(echo $$ >{0}.pid; sleep 1; echo alive >{0}) & sleep 60", file.display());
    shell(&script).run(&soon()).unwrap_err();
    thread::sleep(Duration::from_millis(1500));
    assert!(!file.exists(), "the grandchild was killed: {:?}", fs::read(&file));
}

#[test]
fn the_rest_of_the_group_ends_with_a_program_that_ends_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    for (ends_group, lives_on) in [(true, false), (false, true)] {
        let script = format!("(exec >&- 2>&-; sleep 1; echo alive >{}) & echo done", file.display());
        let program = if ends_group { shell(&script).end_group() } else { shell(&script) };
        let output = program.run(&long()).unwrap();
        assert_eq!((output.success(), output.stdout.as_slice()), (true, b"done\n".as_slice()));
        thread::sleep(Duration::from_millis(1500));
        assert_eq!(file.exists(), lives_on);
    }
}

#[test]
fn a_grandchild_that_keeps_the_pipe_open_is_not_waited_for() {
    let start = Instant::now();
    let output = shell("sleep 60 & echo done").run(&long()).unwrap();
    assert!(output.success());
    assert_eq!(output.stdout, b"done\n");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn output_is_bounded() {
    let error = shell("yes").most_output(1 << 20).run(&long()).unwrap_err();
    assert_eq!(error, ProgramError::TooMuchOutput { program: "sh".into(), limit: 1 << 20 });
    let output = shell("yes | head -c 1000000 >&2").most_output(0).run(&long()).unwrap();
    assert_eq!((output.stderr.len(), output.stdout.len()), (MOST_ERROR, 0));
    let exact = shell("printf abcd").most_output(4).run(&long()).unwrap();
    assert_eq!(exact.stdout, b"abcd");
}
