//! Paths as reports write them: from the working directory for people, from the workspace root in JSON, from the git top level in SARIF.
//! Always with `/`.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// The folders that paths are told from; all absolute.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    /// Where the program was started.
    pub cwd: PathBuf,
    /// Root of the workspace (of the folder given, when it holds several).
    pub root: PathBuf,
    /// Top level of the git checkout, or the workspace root without one.
    pub top: PathBuf,
}

impl Bases {
    /// For people: from the working directory, by at most three steps up, else from the file system's root.
    pub fn shown(&self, path: &Path) -> String {
        if let Ok(inside) = path.strip_prefix(&self.cwd) {
            return slashed(inside);
        }
        let ups = self.cwd.ancestors().skip(1).take(3).position(|up| path.starts_with(up) && up.parent().is_some());
        match ups {
            Some(index) => {
                let up = self.cwd.ancestors().nth(index + 1).expect("the ancestor was just seen");
                let inside = path.strip_prefix(up).expect("the path starts with that ancestor");
                format!("{}{}", "../".repeat(index + 1), slashed(inside))
            }
            None => slashed(path),
        }
    }

    /// For JSON and keys: from the workspace root; files outside by steps up.
    pub fn rooted(&self, path: &Path) -> String {
        relative(&self.root, path)
    }

    /// For SARIF: a URI reference from the git top level with `true`, or an absolute `file:` URI with `false` for a file outside it.
    pub fn uri(&self, path: &Path) -> (String, bool) {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let top = self.top.canonicalize().unwrap_or_else(|_| self.top.clone());
        match real.strip_prefix(&top) {
            Ok(inside) => (encoded(inside), true),
            Err(_) => (format!("file://{}", encoded(&real)), false),
        }
    }
}

/// `path` from `base`, with steps up where needed.
pub fn relative(base: &Path, path: &Path) -> String {
    let (a, b): (Vec<_>, Vec<_>) = (base.components().collect(), path.components().collect());
    let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    if common == 0 {
        return slashed(path);
    }
    let ups = std::iter::repeat_n(Component::ParentDir, a.len() - common);
    slashed(&ups.chain(b[common..].iter().copied()).collect::<PathBuf>())
}

/// With `/` between components; what is not UTF-8 is shown as the replacement character.
pub fn slashed(path: &Path) -> String {
    let parts = path.components().map(|part| match part {
        Component::RootDir => String::new(),
        other => other.as_os_str().to_string_lossy().into_owned(),
    });
    match parts.collect::<Vec<_>>().join("/") {
        whole if whole.is_empty() && path.has_root() => "/".to_owned(),
        whole if whole.is_empty() => ".".to_owned(),
        whole => whole,
    }
}

/// Percent-encoded bytes of each component, joined by `/`.
fn encoded(path: &Path) -> String {
    let parts = path.components().map(|part| match part {
        Component::RootDir => String::new(),
        other => percent(other.as_os_str()),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn percent(part: &OsStr) -> String {
    let mut out = String::new();
    for &byte in part.as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases() -> Bases {
        Bases { cwd: "/r/ws/crates/a".into(), root: "/r/ws".into(), top: "/r".into() }
    }

    #[test]
    fn people_read_paths_from_where_they_stand() {
        assert_eq!(bases().shown(Path::new("/r/ws/crates/a/src/lib.rs")), "src/lib.rs");
        assert_eq!(bases().shown(Path::new("/r/ws/crates/b/src/lib.rs")), "../b/src/lib.rs");
        assert_eq!(bases().shown(Path::new("/r/ws/x.rs")), "../../x.rs");
        assert_eq!(bases().shown(Path::new("/elsewhere/x.rs")), "/elsewhere/x.rs");
    }

    #[test]
    fn json_reads_them_from_the_root() {
        assert_eq!(bases().rooted(Path::new("/r/ws/src/lib.rs")), "src/lib.rs");
        assert_eq!(bases().rooted(Path::new("/r/other/lib.rs")), "../other/lib.rs");
    }

    #[test]
    fn sarif_reads_them_from_the_top_and_encoded() {
        assert_eq!(bases().uri(Path::new("/r/ws/a b/ü#.rs")), ("ws/a%20b/%C3%BC%23.rs".to_owned(), true));
        assert_eq!(bases().uri(Path::new("/q/x.rs")), ("file:///q/x.rs".to_owned(), false));
    }
}
