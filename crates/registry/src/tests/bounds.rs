//! Tests of time and size: retries, pauses, deadlines, endless streams.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The minimum of the first pause before another attempt.
const SHORTEST_PAUSE: Duration = Duration::from_millis(350);

/// Answers requests for manifests with `first` the first `times` times, then with success.
async fn healing(times: usize, first: Said) -> Stub {
    let seen = AtomicUsize::new(0);
    let stub = Stub::new(move |asked| {
        if asked.line == "GET /v2/" {
            return open();
        }
        if seen.fetch_add(1, Ordering::Relaxed) < times { first.clone() } else { manifest() }
    });
    stub.await
}

#[tokio::test]
async fn what_heals_is_tried_again() {
    let stub = healing(2, said(503)).await;
    present(&stub.ask_one("a:1").await);
    let pauses = stub.pauses("HEAD");
    assert!(
        pauses.len() == 2 && pauses[0] >= SHORTEST_PAUSE && pauses[1] >= SHORTEST_PAUSE * 3,
        "{pauses:?}"
    );

    let stub = healing(3, envelope(500, "UNKNOWN")).await;
    let answer = stub.ask_one("a:1").await;
    assert_eq!(unverified(&answer).0, Cause::RegistryError);
    assert_eq!(stub.count("HEAD"), 3);
}

#[tokio::test]
async fn retry_after_pauses_the_host() {
    let stub = healing(1, said(429).header("Retry-After", "1")).await;
    let client = client(Options::default());
    let check = Check::new(&client, CheckOptions::default());
    let ask = |tag: &str| {
        let (check, image) = (&check, stub.image(&format!("a:{tag}")));
        async move { check.answer(&image, &Subject::Image).await }
    };
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ask("2").await
    };
    let (first, second) = tokio::join!(ask("1"), later);
    present(&first);
    present(&second);
    let pauses = stub.pauses("HEAD");
    assert!(pauses.len() == 2 && pauses[0] >= Duration::from_secs(1), "{pauses:?}");
}

#[tokio::test]
async fn a_pause_beyond_the_deadline_is_not_waited_for() {
    for wait in ["3600", &"9".repeat(30), "Fri, 20 Nov 2099 10:00:00 GMT"] {
        let stub = healing(usize::MAX, said(429).header("Retry-After", wait)).await;
        let references: Vec<_> = (0..20).map(|tag| format!("a:{tag}")).collect();
        let references: Vec<_> = references.iter().map(String::as_str).collect();
        let setup = limits(5000, 60_000);
        let deadline = setup.check.deadline;
        let answers = stub.ask(setup, &references).await;
        assert!(answers.iter().all(|answer| unverified(answer).0 == Cause::RateLimited));
        assert!(Instant::now() < deadline, "nothing waits for the end of the run");
        // Sixteen, and one for the answer to the ping.
        assert!(stub.count("HEAD") <= 17, "{}", stub.count("HEAD"));
    }
}

#[tokio::test]
async fn every_answer_is_there_by_the_deadline() {
    const LATE: Duration = Duration::from_mins(1);
    let stub = Stub::new(|asked| if asked.is("HEAD") { manifest().after(LATE) } else { open() });
    let stub = stub.await;
    let references: Vec<_> = (0..200).map(|tag| format!("a:{tag}")).collect();
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    let start = Instant::now();
    let answers = stub.ask(limits(5000, 400), &references).await;
    assert_eq!(answers.len(), 200);
    for answer in &answers {
        let (cause, detail) = unverified(answer);
        assert!(cause == Cause::Deadline && detail.starts_with("the run's deadline passed"), "{detail}");
    }
    assert!(start.elapsed() < LATE, "no request is waited for");
}

#[tokio::test]
async fn a_slow_drip_times_out() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        line if line.starts_with("HEAD") => said(405),
        _ => said(200).header("Content-Type", OCI).body(vec![b' '; 1000]).dripping(Duration::from_millis(20)),
    });
    let stub = stub.await;
    let answer = stub.ask(limits(200, 10_000), &["a:1"]).await;
    let (cause, detail) = unverified(&answer[0]);
    assert!(cause == Cause::Unreachable && detail.ends_with("timed out after 200ms, 3 times"), "{detail}");
    assert_eq!(stub.count("GET /v2/a/"), 3);
}

#[tokio::test]
async fn long_bodies_are_cut_off() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/manifests/1" => said(200).header("Content-Type", OCI).body(vec![b' '; 9 << 20]),
        // Complete, it would be read.
        "GET /v2/b/tags/list?n=1000" => {
            said(200).body(format!("{{\"tags\":[\"2\"]}}{}", " ".repeat(5 << 20)))
        }
        line if line.contains("/b/") => envelope(404, "MANIFEST_UNKNOWN"),
        _ => said(405),
    });
    let stub = stub.await;
    let answers = stub.ask(Options::default(), &["a:1", "b:1"]).await;
    assert!(unverified(&answers[0]).1.contains("longer than 8 MiB"), "{answers:?}");
    assert_eq!(answers[1], Answer::Missing(Missing::Tag(None)));
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let image = parse(&format!("{address}/a:1")).unwrap().0;
    let ask = vec![(Arc::new(image), Subject::Image)];
    let answers = resolve(limits(5000, 5000), ask, |_, _| {}).await;
    assert_eq!(unverified(&answers[0]).0, Cause::Unreachable);
    assert!(
        unverified(&answers[0]).1.ends_with("cannot be reached: connection refused, 3 times"),
        "{answers:?}"
    );
}

#[tokio::test]
async fn one_slow_registry_does_not_hold_up_another() {
    let slow =
        Stub::new(|asked| if asked.is("HEAD") { said(429).header("Retry-After", "2") } else { open() });
    let quick = Stub::new(|asked| if asked.is("HEAD") { manifest() } else { open() });
    let (slow, quick) = (slow.await, quick.await);
    let tags: Vec<_> = (0..100).map(|tag| format!("a:{tag}")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    let mut requests = slow.images(&tags);
    requests.extend(quick.images(&tags));
    // When half of the answers have arrived, the slow registry has received its first requests and no second
    // attempt.
    let sent_to_slow = AtomicUsize::new(0);
    let progress = |done, _| {
        if done == 100 {
            sent_to_slow.store(slow.count("HEAD"), Ordering::Relaxed);
        }
    };
    let answers = resolve(limits(1000, 3000), requests, progress).await;
    assert!(answers[100..].iter().all(|answer| *present(answer).digest == *DIGEST));
    assert!(sent_to_slow.load(Ordering::Relaxed) <= 17, "{sent_to_slow:?}");
}

#[tokio::test]
async fn a_registry_that_goes_on_limiting_is_left_alone() {
    let stub = Stub::new(|asked| if asked.line == "GET /v2/" { open() } else { said(429) }).await;
    let references: Vec<_> = (0..200).map(|tag| format!("a:{tag}")).collect();
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    let answers = stub.ask(limits(5000, 60_000), &references).await;
    assert!(answers.iter().all(|answer| unverified(answer).0 == Cause::RateLimited));
    assert!(stub.count("HEAD") <= 17 * 3, "{}", stub.count("HEAD"));
}
