//! A git server on loopback: `git http-backend` behind a few lines of HTTP, with faults on request.

use opensession_testkit::command;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does, and to which requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Serves everybody.
    Open,
    /// Serves who logs in as `alice` with this password.
    Login(&'static str),
    /// Answers what comes to a path or query with this part in it with a status.
    Status(&'static str, u16),
    /// The same, and never ends.
    Hang(&'static str),
    /// Answers such a request with the first bytes only, and closes the connection.
    CutOff(&'static str, usize),
    /// Serves everybody, a few bytes at a time.
    Slow,
}

/// A server for the repository at a path, at `http://127.0.0.1:<port>/`.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _value)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_key, value)| value)
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut request = Self { method, path, query, headers, body: Vec::new() };
        if request.header("Expect") == "100-continue" {
            let mut stream = stream;
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        if request.header("Transfer-Encoding") == "chunked" {
            loop {
                let mut size = String::new();
                reader.read_line(&mut size).ok()?;
                let size = u64::from_str_radix(size.trim(), 16).ok()?;
                reader.by_ref().take(size).read_to_end(&mut request.body).ok()?;
                let mut end = String::new();
                reader.read_line(&mut end).ok()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = request.header("Content-Length").parse().unwrap_or(0);
            reader.take(length).read_to_end(&mut request.body).ok()?;
        }
        Some(request)
    }
}

impl Server {
    /// Starts a server for the repository at `path`. It ends with the test.
    pub(crate) fn start(path: &Path, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (path, log) = (path.to_owned(), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (path, log) = (path.clone(), Arc::clone(&log));
                thread::spawn(move || answer(&stream, &path, manner, &log));
            }
        });
        Self { port, seen }
    }

    /// Returns the address of the repository; `login` is empty or ends with `@`.
    pub(crate) fn url(&self, login: &str) -> String {
        format!("http://{login}127.0.0.1:{}/x.git", self.port)
    }

    /// Returns the values of `Authorization` that were sent so far, those of requests without one empty.
    pub(crate) fn logins(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(mut stream: &TcpStream, repository: &Path, manner: Manner, log: &Mutex<Vec<String>>) {
    let Some(request) = Request::read(stream) else { return };
    let login = request.header("Authorization").to_owned();
    log.lock().unwrap().push(login.clone());
    let asked = format!("{}?{}", request.path, request.query);
    let mut limit = usize::MAX;
    let refused = |status: u16, more: &str, body: &str| {
        let head = format!("HTTP/1.1 {status} No\r\n{more}Content-Type: text/plain\r\n");
        let length = format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        head + &length
    };
    let no = match manner {
        Manner::Login(password)
            if login != format!("Basic {}", base64(&format!("alice:{password}"))) =>
        {
            // Whoever sees this answer sees what was sent.
            let told = format!("{login} is not alice, {asked}");
            Some(refused(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", &told))
        }
        Manner::Status(part, status) if asked.contains(part) => {
            Some(refused(status, "", "the server says no"))
        }
        Manner::Hang(part) if asked.contains(part) => {
            // Until the other side gives up.
            drop(stream.read(&mut [0]));
            return;
        }
        Manner::CutOff(part, bytes) if asked.contains(part) => {
            limit = bytes;
            None
        }
        _ => None,
    };
    let response = no.map_or_else(|| serve(&request, repository), String::into_bytes);
    let piece = if matches!(manner, Manner::Slow) { 64 } else { response.len().max(1) };
    for part in response[..response.len().min(limit)].chunks(piece) {
        if stream.write_all(part).is_err() {
            return;
        }
        if matches!(manner, Manner::Slow) {
            thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

/// Returns what `git http-backend` answers.
fn serve(request: &Request, repository: &Path) -> Vec<u8> {
    // A proxy is asked for the whole address.
    let rest = request.path.split_once("/x.git").map_or("/nothing", |(_host, rest)| rest);
    let translated: PathBuf = format!("{}{rest}", repository.display()).into();
    let mut backend = command("git", repository);
    backend
        .arg("http-backend")
        .env("PATH_TRANSLATED", translated)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "alice")
        .env("REQUEST_METHOD", &request.method)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", request.header("Content-Type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("Content-Encoding"))
        .env("GIT_PROTOCOL", request.header("Git-Protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = backend.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let body = request.body.clone();
    let writer = thread::spawn(move || input.write_all(&body));
    let output = child.wait_with_output().unwrap().stdout;
    drop(writer.join());
    let end = output.windows(4).position(|part| part == b"\r\n\r\n").unwrap_or(0);
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let mut response = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
    response.extend_from_slice(&output);
    response
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            out.push(char::from(DIGITS[(bits >> (18 - 6 * place)) as usize & 63]));
        }
        out.push_str(["", "==", "="][group.len() % 3]);
    }
    out
}
