//! The thread, the connections, and the way of one request through the registry.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::State;
use super::call::Call;
use super::fault::Reset;
use super::reply::Outgoing;
use super::routes;

/// A listening server on a thread of its own.
pub(super) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(port: u16, state: Arc<State>) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        listener.set_nonblocking(true).expect("a socket can be non-blocking");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name(format!("registry {address}"))
            .spawn(move || run(listener, state, stopped))
            .expect("a thread can be started");
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A panic over there was printed already; a second one while unwinding would abort the test run.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run(listener: std::net::TcpListener, state: Arc<State>, stopped: oneshot::Receiver<()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    runtime.spawn(accept(listener, state));
    // The sender is never used, only dropped; the runtime then drops every connection.
    let _ = runtime.block_on(stopped);
}

async fn accept(listener: std::net::TcpListener, state: Arc<State>) {
    let listener = TcpListener::from_std(listener).expect("the listener is non-blocking");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(stream, Arc::clone(&state)))),
            // Out of file descriptors: some connection will end.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Without this, Nagle's algorithm and delayed acknowledgements add 40 ms to some answers.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&state), request));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = Pin::new(&mut connection).await;
    if ended.is_err_and(|error| error.is_user()) {
        // With nothing left to linger for, closing sends RST instead of FIN.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

async fn answer(state: Arc<State>, request: hyper::Request<Incoming>) -> Result<Response<Outgoing>, Reset> {
    let (head, body) = request.into_parts();
    let mut call = Call::new(&head);
    let _in_flight = state.log.enter(call.request.clone());
    let faults = state.faults.lock().unwrap().take(&call.request);
    call.read_body(body).await;
    let _turn = if state.settings.in_turn { Some(state.turn.lock().await) } else { None };
    if !state.settings.latency.is_zero() {
        tokio::time::sleep(state.settings.latency).await;
    }
    let mut reply = routes::answer(&state, &call);
    for fault in faults {
        reply = fault.apply(reply, &call.request).await?;
    }
    Ok(reply.into_response(head.method == Method::HEAD))
}
