-- The branches that the index knows, and which state of each it holds.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    git_dir TEXT NOT NULL,
    remote TEXT NOT NULL,       -- empty: the repository's own branch
    tree TEXT,                  -- the root tree that is in the index
    links TEXT,                 -- the tree of links that is in the index
    UNIQUE (git_dir, remote)
);
-- Working folders.
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);
-- The versions of sessions. Ids grow with the time of the first event: `rows.rs` says how.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    tree TEXT NOT NULL,
    day TEXT NOT NULL,
    generation INTEGER NOT NULL,
    tool TEXT NOT NULL,
    model TEXT NOT NULL,
    repo TEXT NOT NULL,
    branch TEXT NOT NULL,
    author TEXT NOT NULL,       -- a name
    email TEXT NOT NULL,
    folder INTEGER REFERENCES folders,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    auxiliary INTEGER NOT NULL,
    events INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    prompts INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    seconds INTEGER NOT NULL,   -- from the first event to the last
    active INTEGER NOT NULL,    -- without long gaps
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    changed INTEGER NOT NULL,   -- files
    bytes INTEGER NOT NULL,     -- of all segments
    segments BLOB NOT NULL,     -- the beginnings of the segments' ids, 8 bytes each
    read INTEGER NOT NULL,      -- so many segments have been read for what follows
    events_read INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    has INTEGER NOT NULL,       -- 1: a tool failed, 2: a picture
    cost INTEGER,               -- as the log states it, in millionths of a US dollar
    others INTEGER NOT NULL     -- 1: there are other versions of the session
);
CREATE INDEX sessions_by_key ON sessions (key);
CREATE INDEX unread ON sessions (id) WHERE read * 8 < length(segments);
-- What only lists show, as JSON: apart, so that what goes through all sessions need not read it.
CREATE TABLE headers (
    session INTEGER PRIMARY KEY REFERENCES sessions,
    header TEXT NOT NULL
);
-- On which branches a version stands.
CREATE TABLE places (
    session INTEGER NOT NULL REFERENCES sessions,
    source INTEGER NOT NULL REFERENCES sources,
    PRIMARY KEY (session, source)
) WITHOUT ROWID;
-- Runs of events whose text is one row of `texts`, which has the same ids.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL,   -- its place among the session's segments
    byte INTEGER NOT NULL,      -- where the first event stands in the segment
    event INTEGER NOT NULL      -- the place of the first event among the session's events
);
-- The column with most of the text stands first: for every word in a session, only the others are named.
CREATE VIRTUAL TABLE texts USING fts5(
    tool, assistant, user,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
-- So many bytes of a transaction are put together before they are written: the more, the less is merged later.
INSERT INTO texts (texts, rank) VALUES ('hashsize', 33554432);
-- The files that sessions changed.
CREATE TABLE paths (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);
CREATE TABLE files (
    session INTEGER NOT NULL REFERENCES sessions,
    path INTEGER NOT NULL REFERENCES paths,
    edits INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (session, path)
) WITHOUT ROWID;
CREATE INDEX files_by_path ON files (path);
-- Tokens by model; what a session's own figures leave out after a rewind was spent all the same.
CREATE TABLE usage (
    session INTEGER NOT NULL REFERENCES sessions,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost INTEGER,
    PRIMARY KEY (session, model)
) WITHOUT ROWID;
-- The commits that hold edits of sessions.
CREATE TABLE links (
    source INTEGER NOT NULL REFERENCES sources,
    commit_id TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (source, commit_id, key)
) WITHOUT ROWID;
