//! The user's cache: blobs by key, and digests of files by their stat data.
//!
//! A cache can only help: whatever is wrong with it (corrupt, foreign, read-only, full disk, killed or concurrent writers) reads as "not
//! there", and nothing in here returns an error. Values are whole files, written beside and renamed, with a checksum over the content and
//! the identity of the build that wrote them, so that formats of values need no versions of their own.

#![expect(clippy::disallowed_methods, reason = "the cache is files")]

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A digest, and the key of a value.
pub type Key = [u8; 32];

/// Layout of the folder; bumped when folder names or the header change.
pub const LAYOUT: &str = "v1";
/// Kind of the values about dependencies, whichever workspace they were made for.
pub const DEPENDENCIES: &str = "index";
/// First bytes of every value.
const MAGIC: &[u8; 8] = b"prrcache";
/// Magic, build, checksum.
const HEADER: usize = 8 + 32 + 32;
/// A value that is read is marked as used when its mark is older than this, so that eviction by age takes the unused ones.
const MARK_AFTER: Duration = Duration::from_secs(24 * 3600);
/// A file that changed this short before it was hashed may change again without a change of its stat data.
const RACY: Duration = Duration::from_secs(2);

/// Identity of this build: a value written by another one reads as not there.
static BUILD: LazyLock<Key> =
    LazyLock::new(|| *blake3::hash(concat!(env!("CARGO_PKG_VERSION"), " ", env!("PRR_BUILD_ID")).as_bytes()).as_bytes());

/// The folder of all values: `$CARGO_PRR_CACHE`, else `cargo-prr` in the platform's folder for caches; `None` when neither is known.
pub fn folder() -> Option<PathBuf> {
    if let Some(dir) = env_path("CARGO_PRR_CACHE") {
        return Some(dir);
    }
    let base = if cfg!(windows) {
        env_path("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        env_path("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        // The base directory specification: a relative XDG_CACHE_HOME is to be ignored.
        env_path("XDG_CACHE_HOME").filter(|p| p.is_absolute()).or_else(|| env_path("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("cargo-prr"))
}

fn env_path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// Values of one kind.
#[derive(Clone, Debug)]
pub struct Store {
    /// Folder of the kind; `None`: reads find nothing, writes do nothing.
    dir: Option<PathBuf>,
}

impl Store {
    /// The store for a kind of value (a folder name: `facts`, `signatures`, ..). Touches no file.
    pub fn open(kind: &str) -> Store {
        match folder() {
            Some(base) => Store::open_in(&base, kind),
            None => Store::disabled(),
        }
    }

    /// The store for a kind of value in a given cache folder.
    pub fn open_in(base: &Path, kind: &str) -> Store {
        Store { dir: Some(base.join(LAYOUT).join(kind)) }
    }

    /// A store that holds nothing (`--no-cache`).
    pub fn disabled() -> Store {
        Store { dir: None }
    }

    /// The value of a key, if a whole one by this build is there.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let mut file = fs::File::open(self.path(key)?).ok()?;
        let length = file.metadata().map_or(0, |m| m.len() as usize);
        let mut head = [0u8; HEADER];
        file.read_exact(&mut head).ok()?;
        let mut payload = Vec::with_capacity(length.saturating_sub(HEADER));
        file.read_to_end(&mut payload).ok()?;
        let (magic, rest) = head.split_at(MAGIC.len());
        let (build, sum) = rest.split_at(32);
        if magic != MAGIC || build != *BUILD || sum != blake3::hash(&payload).as_bytes() {
            return None;
        }
        mark_used(&file);
        Some(payload)
    }

    /// Keeps a value; a failure leaves what was there before, or nothing.
    pub fn put(&self, key: &Key, bytes: &[u8]) {
        if let Some(path) = self.path(key) {
            // prr: allow(unhandled_errors, reason = "a cache that cannot be written is a cold cache")
            let _ = write(&path, bytes);
        }
    }

    /// `<dir>/<first byte>/<other bytes>` in hexadecimal.
    fn path(&self, key: &Key) -> Option<PathBuf> {
        let hex = blake3::Hash::from_bytes(*key).to_hex();
        let (first, rest) = hex.split_at(2);
        Some(self.dir.as_ref()?.join(first).join(rest))
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    if !dir.is_dir() {
        fs::create_dir_all(dir)?;
        tag(dir);
    }
    let mut temp = tempfile::Builder::new().prefix(".new").tempfile_in(dir)?;
    let mut head = [0u8; HEADER];
    head[..8].copy_from_slice(MAGIC);
    head[8..40].copy_from_slice(&*BUILD);
    head[40..].copy_from_slice(blake3::hash(bytes).as_bytes());
    temp.write_all(&head)?;
    temp.write_all(bytes)?;
    // Renaming is atomic: a reader sees the old value or the new one. No sync: after a crash the checksum tells.
    temp.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Tells backup tools that the folder above the layout folder can be left out.
fn tag(dir: &Path) {
    let Some(base) = dir.ancestors().find(|d| d.file_name().is_some_and(|n| n == LAYOUT)).and_then(Path::parent) else {
        return;
    };
    let file = base.join("CACHEDIR.TAG");
    if !file.exists() {
        // prr: allow(unhandled_errors, reason = "without the tag, backups take the cache along")
        let _ = fs::write(file, "Signature: 8a477f597d28d172789f06886806bc55\n# Cache of cargo prr: may be deleted at any time.\n");
    }
}

fn mark_used(file: &fs::File) {
    let now = SystemTime::now();
    let old = file.metadata().and_then(|m| m.modified()).is_ok_and(|m| now.duration_since(m).is_ok_and(|age| age > MARK_AFTER));
    if old {
        // prr: allow(unhandled_errors, reason = "a value that looks older than it is goes sooner")
        let _ = file.set_modified(now);
    }
}

// ------------------------------------------------------------------------------------------------------------------------- eviction

/// What eviction found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Files that were removed.
    pub removed: u64,
    /// Files that stay.
    pub kept: u64,
    /// Bytes of the files that stay.
    pub kept_bytes: u64,
}

/// Removes what was not used for `max_age`, then the longest unused until at most `max_bytes` are left, in the cache folder `base`.
pub fn evict(base: &Path, max_bytes: u64, max_age: Duration) -> Evicted {
    let now = SystemTime::now();
    let mut files = Vec::new();
    list(&base.join(LAYOUT), &mut files);
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut out = Evicted::default();
    for (path, used, size) in files {
        let too_old = now.duration_since(used).is_ok_and(|age| age > max_age);
        if too_old || out.kept_bytes + size > max_bytes {
            // Another process may have been faster, or may hold the file open: both are fine.
            out.removed += u64::from(fs::remove_file(path).is_ok());
        } else {
            out.kept += 1;
            out.kept_bytes += size;
        }
    }
    out
}

/// [`evict`] at most once a day: half a year, two gigabytes. For the end of a run.
pub fn evict_daily() {
    let Some(base) = folder().filter(|b| b.is_dir()) else { return };
    let stamp = base.join("evicted");
    let recent = fs::metadata(&stamp).and_then(|m| m.modified()).is_ok_and(|m| m.elapsed().is_ok_and(|age| age < MARK_AFTER));
    if !recent && fs::write(&stamp, "").is_ok() {
        evict(&base, 2 << 30, Duration::from_secs(180 * 24 * 3600));
    }
}

fn list(dir: &Path, files: &mut Vec<(PathBuf, SystemTime, u64)>) {
    // prr: allow(unhandled_errors, reason = "what cannot be listed cannot be removed either")
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        // Not following links: the cache makes none.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            list(&entry.path(), files);
        } else if let Ok(meta) = entry.metadata() {
            files.push((entry.path(), meta.modified().unwrap_or(UNIX_EPOCH), meta.len()));
        }
    }
}

// --------------------------------------------------------------------------------------------------------------------- file digests

/// What the system says of a file without reading it: as long as it stays, the content stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stat {
    size: u64,
    /// Nanoseconds since the epoch.
    modified: i128,
    /// Where the system has it: last change of the inode, in nanoseconds since the epoch.
    changed: i128,
    inode: u64,
}

impl Stat {
    /// Asks the system. Errors as `fs::metadata`.
    pub fn of(path: &Path) -> io::Result<Stat> {
        let meta = fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            (i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec()), meta.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (0, 0);
        Ok(Stat { size: meta.len(), modified: nanos(meta.modified()?), changed, inode })
    }

    /// Whether the file, if read now, can only change again in a way that these data show.
    pub fn is_settled(&self) -> bool {
        !self.is_racy(nanos(SystemTime::now()))
    }

    /// Whether the file, hashed at `at`, might change again without showing it here.
    fn is_racy(&self, at: i128) -> bool {
        self.modified.max(self.changed) + RACY.as_nanos() as i128 >= at
    }
}

fn nanos(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// Digests of files, remembered with their stat data. One scope (a workspace, a dependency crate) is one value of the store.
///
/// Entries of files that changed within two seconds before they were hashed are not kept: the clock of the file system may be too coarse to
/// show the next change.
#[derive(Debug)]
pub struct Digests {
    store: Store,
    scope: Key,
    known: Entries,
    fresh: Mutex<Entries>,
}

type Entries = rustc_hash::FxHashMap<PathBuf, (Stat, Key)>;

impl Digests {
    /// The digests of a scope, e.g. the hash of a folder's path.
    pub fn open(store: Store, scope: Key) -> Digests {
        let known = store
            .get(&scope)
            .and_then(|bytes| postcard::from_bytes::<Vec<(PathBuf, Stat, Key)>>(&bytes).ok())
            .unwrap_or_default()
            .into_iter()
            .map(|(path, stat, key)| (path, (stat, key)))
            .collect();
        Digests { store, scope, known, fresh: Mutex::default() }
    }

    /// The blake3 digest of a file's bytes; read only when its stat data say that it changed. Errors as reading the file.
    pub fn digest(&self, path: &Path) -> io::Result<Key> {
        let stat = Stat::of(path)?;
        match self.recall(path, &stat) {
            Some(key) => Ok(key),
            None => self.digest_and_read(path).map(|(key, _)| key),
        }
    }

    /// The digest, and the bytes as they were hashed: for callers who need both. Errors as reading the file.
    pub fn digest_and_read(&self, path: &Path) -> io::Result<(Key, Vec<u8>)> {
        let at = nanos(SystemTime::now());
        let before = Stat::of(path)?;
        let bytes = fs::read(path)?;
        let key = *blake3::hash(&bytes).as_bytes();
        // A file that changes under the hand is not kept either.
        if !before.is_racy(at) && Stat::of(path).is_ok_and(|after| after == before) {
            self.fresh().insert(path.to_owned(), (before, key));
        }
        Ok((key, bytes))
    }

    fn recall(&self, path: &Path, stat: &Stat) -> Option<Key> {
        if let Some((known, key)) = self.known.get(path)
            && known == stat
        {
            return Some(*key);
        }
        self.fresh().get(path).filter(|(known, _)| known == stat).map(|(_, key)| *key)
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.fresh.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps what was learned. Entries of other processes written meanwhile are lost: they are hashed again.
    pub fn save(&self) {
        let fresh = self.fresh();
        if fresh.is_empty() {
            return;
        }
        let mut all: Vec<(&PathBuf, &Stat, &Key)> = self
            .known
            .iter()
            .filter(|(path, _)| !fresh.contains_key(*path))
            .chain(fresh.iter())
            .map(|(path, (stat, key))| (path, stat, key))
            .collect();
        all.sort_by(|a, b| a.0.cmp(b.0));
        // A path that is not Unicode cannot be written: then nothing is remembered.
        if let Ok(bytes) = postcard::to_allocvec(&all) {
            self.store.put(&self.scope, &bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::FileTimes;

    fn temp() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn only_file(dir: &Path) -> PathBuf {
        let mut files = Vec::new();
        list(dir, &mut files);
        assert_eq!(files.len(), 1);
        files.remove(0).0
    }

    #[test]
    fn what_was_put_is_got() {
        let dir = temp();
        let store = Store::open_in(dir.path(), "k");
        assert_eq!(store.get(&[1; 32]), None);
        store.put(&[1; 32], b"one");
        store.put(&[2; 32], b"");
        store.put(&[1; 32], b"uno");
        assert_eq!(store.get(&[1; 32]).as_deref(), Some(&b"uno"[..]));
        assert_eq!(store.get(&[2; 32]).as_deref(), Some(&b""[..]));
        assert_eq!(Store::open_in(dir.path(), "other").get(&[1; 32]), None);
        assert!(fs::read_to_string(dir.path().join("CACHEDIR.TAG")).unwrap().starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    }

    #[test]
    fn damage_reads_as_absence() {
        let dir = temp();
        let store = Store::open_in(dir.path(), "k");
        store.put(&[1; 32], b"precious");
        let file = only_file(&dir.path().join(LAYOUT));
        let whole = fs::read(&file).unwrap();
        for i in 0..whole.len() {
            let mut broken = whole.clone();
            broken[i] ^= 1;
            fs::write(&file, &broken).unwrap();
            assert_eq!(store.get(&[1; 32]), None, "bit in byte {i}");
            fs::write(&file, &whole[..i]).unwrap();
            assert_eq!(store.get(&[1; 32]), None, "cut at {i}");
        }
        store.put(&[1; 32], b"again");
        assert_eq!(store.get(&[1; 32]).as_deref(), Some(&b"again"[..]));
    }

    #[test]
    fn places_that_cannot_be_written_are_cold() {
        let dir = temp();
        let file = dir.path().join("a-file");
        fs::write(&file, "x").unwrap();
        for store in [Store::open_in(&file, "k"), Store::disabled()] {
            store.put(&[1; 32], b"x");
            assert_eq!(store.get(&[1; 32]), None);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
        evict(&file, 0, Duration::ZERO);
    }

    #[test]
    fn a_folder_in_the_place_of_a_value_is_survived() {
        let dir = temp();
        let store = Store::open_in(dir.path(), "k");
        store.put(&[1; 32], b"x");
        let file = only_file(&dir.path().join(LAYOUT));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(store.get(&[1; 32]), None);
        store.put(&[1; 32], b"x");
        assert_eq!(store.get(&[1; 32]), None);
    }

    #[test]
    fn writers_at_once_leave_a_whole_value() {
        let dir = temp();
        std::thread::scope(|s| {
            for t in 0..4u8 {
                let dir = dir.path();
                s.spawn(move || {
                    let store = Store::open_in(dir, "k");
                    for i in 0..50u8 {
                        store.put(&[9; 32], &vec![t; 1000 + usize::from(i)]);
                        let got = store.get(&[9; 32]).expect("some whole value");
                        assert!(got.iter().all(|b| *b == got[0]));
                    }
                });
            }
        });
        only_file(&dir.path().join(LAYOUT));
    }

    #[test]
    fn eviction_takes_the_old_then_the_longest_unused() {
        let dir = temp();
        let store = Store::open_in(dir.path(), "k");
        let now = SystemTime::now();
        for n in 1..=4u8 {
            store.put(&[n; 32], &[0; 100]);
            let path = store.path(&[n; 32]).unwrap();
            let age = Duration::from_secs(u64::from(n) * 3600);
            fs::File::open(path).unwrap().set_times(FileTimes::new().set_modified(now - age)).unwrap();
        }
        let size = 100 + HEADER as u64;
        let out = evict(dir.path(), 2 * size, Duration::from_secs(3 * 3600 + 60));
        assert_eq!(out, Evicted { removed: 2, kept: 2, kept_bytes: 2 * size });
        assert!(store.get(&[1; 32]).is_some() && store.get(&[2; 32]).is_some());
        assert!(store.get(&[3; 32]).is_none() && store.get(&[4; 32]).is_none());
    }

    #[test]
    fn digests_follow_the_bytes() {
        let dir = temp();
        let store = Store::open_in(&dir.path().join("cache"), "stat");
        let file = dir.path().join("f.rs");
        let set = |text: &str, age: u64| {
            fs::write(&file, text).unwrap();
            let when = SystemTime::now() - Duration::from_secs(age);
            fs::File::options().write(true).open(&file).unwrap().set_modified(when).unwrap();
        };
        set("one", 100);
        let digests = Digests::open(store.clone(), [0; 32]);
        assert_eq!(digests.digest(&file).unwrap(), *blake3::hash(b"one").as_bytes());
        digests.save();
        // The inode was changed a moment ago: not believed, however old the modification says it is.
        set("two", 100);
        let digests = Digests::open(store, [0; 32]);
        assert_eq!(digests.digest(&file).unwrap(), *blake3::hash(b"two").as_bytes());
        assert!(digests.digest(&dir.path().join("none.rs")).is_err());
        assert!(digests.digest(dir.path()).is_err());
    }

    #[test]
    fn old_files_are_not_read_again() {
        let dir = temp();
        let store = Store::open_in(dir.path(), "stat");
        // This file was installed long ago, whatever it is.
        let file = std::env::current_exe().unwrap();
        let stat = Stat::of(&file).unwrap();
        assert!(!stat.is_racy(nanos(SystemTime::now() + Duration::from_secs(3600))));
        assert!(stat.is_racy(stat.modified));
        store.put(&[0; 32], &postcard::to_allocvec(&vec![(&file, stat, [7u8; 32])]).unwrap());
        let digests = Digests::open(store, [0; 32]);
        assert_eq!(digests.digest(&file).unwrap(), [7; 32]);
    }
}
