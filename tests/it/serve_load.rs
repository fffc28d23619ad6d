//! `pullable sentry serve` under load: many requests, slow ones, large ones. Everything is bounded, and what is not
//! concerned goes on.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::thread;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::sentry::event;
use crate::serve::clone;
use crate::support::server::{Server, flux_request, request, status};

/// Connections that are not for these requests: those of the test program and of the other tests in it.
const OTHERS: usize = 300;

/// Sends requests, as many at once as this process may have connections; the status of each.
fn all_at_once(address: SocketAddr, requests: &[Vec<u8>]) -> Vec<u16> {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(1024);
    let places = tokio::sync::Semaphore::new(files.saturating_sub(OTHERS).clamp(100, 10_000));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sent = requests.iter().map(|request| async {
            let _place = places.acquire().await.unwrap();
            answered(address, request).await
        });
        futures_util::future::join_all(sent).await
    })
}

/// The status of the answer. The system gives connections up where too many wait to be accepted: as Flux, it tries again.
async fn answered(address: SocketAddr, request: &[u8]) -> u16 {
    for _ in 0..4 {
        if let Ok(status @ 1..) = send(address, request).await {
            return status;
        }
    }
    0
}

async fn send(address: SocketAddr, request: &[u8]) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(status(&String::from_utf8_lossy(&answer)))
}

fn counted(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|found| **found == status).count()
}

#[test]
fn ten_thousand_requests_take_no_more_memory_than_a_thousand() {
    let (_origin, clone) = clone();
    let server = Server::start(&clone, &["--debounce", "999h"]);
    let body = event("apps").to_string();
    let many = |from: usize, to: usize| -> Vec<Vec<u8>> {
        let body = |number: usize| body.replace("\"apps\"", &format!("\"apps-{number}\""));
        (from..to).map(|number| flux_request(body(number).as_bytes())).collect()
    };
    let first = all_at_once(server.address(), &many(0, 1_000));
    assert_eq!((counted(&first, 202), counted(&first, 429)), (256, 744));
    let before = server.peak_memory();
    let rest = all_at_once(server.address(), &many(1_000, 11_000));
    assert_eq!(
        counted(&rest, 429),
        10_000,
        "each is answered: {:?}",
        rest.iter().find(|status| **status != 429)
    );
    let after = server.peak_memory();
    eprintln!("peak memory: {} KiB after 1,000 requests, {} KiB after 11,000", before >> 10, after >> 10);
    assert!(after <= before + before / 2, "{before} -> {after}");
    assert_eq!(status(&server.send(&request("GET /healthz", &[], b""))), 200);
}

#[test]
fn large_bodies_share_a_bounded_memory() {
    const BODIES: usize = 128;
    let (_origin, clone) = clone();
    let server = Server::start(&clone, &["--debounce", "999h"]);
    assert_eq!(status(&server.send(&request("GET /healthz", &[], b""))), 200);
    let before = server.peak_memory();
    let body = vec![b' '; 1 << 20];
    let requests = vec![request("POST /flux", &["X-Signature: sha256=00"], &body); BODIES];
    let statuses = all_at_once(server.address(), &requests);
    let after = server.peak_memory();
    eprintln!("peak memory: {} KiB, {} KiB after {BODIES} bodies of 1 MiB", before >> 10, after >> 10);
    assert_eq!(counted(&statuses, 401) + counted(&statuses, 503), BODIES, "{statuses:?}");
    assert!(after - before < (BODIES as u64) << 19, "{before} -> {after}: less than half of what was sent");
    assert_eq!(server.flux(&event("apps")), 202, "the memory is free again");
}

#[test]
fn slow_senders_hold_nobody_up() {
    let (_origin, clone) = clone();
    let server = Server::start(&clone, &["--debounce", "999h"]);
    let mut slow = Vec::new();
    for number in 0..300 {
        let mut stream = server.connect();
        let part: &[u8] = match number % 3 {
            0 => b"",
            1 => b"POST /flux HTTP/1.1\r\nHost: x\r\n",
            _ => b"POST /flux HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
        };
        stream.write_all(part).unwrap();
        slow.push(stream);
    }
    assert_eq!(server.flux(&event("apps")), 202, "its turn comes");
    let mut timed_out = 0;
    for mut stream in slow {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        timed_out += usize::from(status(&String::from_utf8_lossy(&answer)) == 408);
    }
    assert!(timed_out >= 100, "the senders of bodies get an answer: {timed_out}");
}

#[test]
fn a_sender_that_goes_on_byte_by_byte_is_ended() {
    let (_origin, clone) = clone();
    let server = Server::start(&clone, &["--debounce", "999h"]);
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    stream.write_all(b"POST /flux HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n").unwrap();
    thread::spawn(move || {
        while writer.write_all(b" ").is_ok() {
            thread::sleep(std::time::Duration::from_millis(100));
        }
    });
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(status(&String::from_utf8_lossy(&answer)), 408);
}
