//! The signals that stop a server: SIGINT, SIGTERM and SIGHUP, or Ctrl-C on Windows.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The signals that arrive.
pub(super) struct Signals(UnboundedReceiver<()>);

impl Signals {
    /// Listens to them: none ends the process from now on.
    ///
    /// # Errors
    /// The error of the system if it provides no handler or no thread.
    pub(super) fn new() -> Result<Self, ctrlc::Error> {
        let (arrived, signals) = unbounded_channel();
        ctrlc::set_handler(move || {
            // Nobody waits for a signal any more where the server has ended.
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
