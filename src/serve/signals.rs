//! The signals that stop a server: SIGINT, SIGTERM and SIGHUP, or Ctrl-C on Windows.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The signals that arrive.
pub(super) struct Signals(UnboundedReceiver<()>);

impl Signals {
    /// Installs the handler: from now on no signal ends the process.
    ///
    /// # Errors
    /// The error of the system if it provides no handler or no thread.
    pub(super) fn new() -> io::Result<Self> {
        let (arrived, signals) = unbounded_channel();
        run::on_signal(move |_| {
            // The receiver is dropped after the server has ended.
            let _ = arrived.send(());
        })?;
        Ok(Self(signals))
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
