//! The signals that end a run: SIGHUP, SIGINT and SIGTERM, or Ctrl-C on Windows.

use std::io;

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: the terminal was closed.
    HangUp,
    /// SIGINT, or Ctrl-C on Windows.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// The exit code of a process that the signal ended, as a shell reports it: 128 and the number of the signal.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// The name of the signal, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Calls `arrived` for each signal from now on, in a separate thread. The signals no longer end the process
/// by themselves. Signals that were ignored at the start, as with `nohup`, remain ignored.
///
/// # Errors
/// The error of the system if it provides no file descriptor or no thread.
#[cfg(unix)]
pub fn on_signal(mut arrived: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored();
    let all = [(SIGHUP, Signal::HangUp), (SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate)];
    let numbers = all.iter().map(|(number, _)| *number).filter(|number| !is_in(ignored, *number));
    let mut signals = Signals::new(numbers)?;
    let listen = move || {
        for number in signals.forever() {
            if let Some((_, signal)) = all.iter().find(|(other, _)| *other == number) {
                arrived(*signal);
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(|_| ())
}

/// Calls `arrived` for each Ctrl-C from now on, in a separate thread.
///
/// # Errors
/// The error of the system if it provides no handler.
#[cfg(not(unix))]
pub fn on_signal(mut arrived: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || arrived(Signal::Interrupt)).map_err(io::Error::other)
}

/// The signals that this process ignores, one bit for each, as Linux reports them; none on other systems.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// True if a set of signals has the bit of a number.
#[cfg(unix)]
fn is_in(signals: u64, number: i32) -> bool {
    u32::try_from(number)
        .is_ok_and(|number| signals.checked_shr(number.saturating_sub(1)).unwrap_or(0) & 1 == 1)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_signals() {
        assert!(is_in(0b1, 1) && !is_in(0b1, 2) && is_in(0x4000, 15));
        assert!(!is_in(u64::MAX, -1) && !is_in(u64::MAX, 65));
    }
}
