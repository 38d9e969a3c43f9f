//! The analysed code as the verdict sees it: files of the production targets with their texts, and what was not read of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::discover::{Notice, Spot, TargetKind};
use crate::facts::{FileFacts, NoticeKind, Pos};
use crate::lint::Span;
use crate::model::Model;
use crate::model::defs::CrateInfo;
use crate::model::ids::{DefId, FileId};
use crate::report::position::Lines;
use crate::report::{Coverage, TargetRef};
use crate::verdict::{Code, CodeFile};

/// A model's files.
pub(super) struct ModelCode<'a> {
    model: &'a Model,
    files: Vec<FileId>,
    /// Read when something in them is reported.
    texts: FxHashMap<PathBuf, OnceLock<String>>,
}

impl<'a> ModelCode<'a> {
    pub(super) fn new(model: &'a Model) -> ModelCode<'a> {
        let defs = model.defs();
        let of_crate = |krate: &CrateInfo| {
            let krate = krate.id;
            (0..defs.files(krate)).map(move |idx| FileId { krate, idx })
        };
        let files: Vec<_> = defs.members().flat_map(of_crate).filter(|file| defs.expanded_from(*file).is_none()).collect();
        let texts = files.iter().map(|file| (defs.source_path(*file).to_path_buf(), OnceLock::new())).collect();
        ModelCode { model, files, texts }
    }

    /// Text of a file; what is not UTF-8 reads as replacement characters, what is not there any more as empty.
    fn text_of(&self, path: &Path) -> &str {
        self.texts.get(path).map_or("", |cell| cell.get_or_init(|| crate::files::source_text(path)))
    }

    /// Facts of each file once, by path.
    fn facts(&self) -> BTreeMap<&Path, &FileFacts> {
        let defs = self.model.defs();
        self.files.iter().map(|file| (defs.source_path(*file), &**defs.facts(*file))).collect()
    }

    /// What was understood, dependencies aside.
    pub(super) fn coverage(&self) -> Coverage {
        let facts = self.facts();
        let unread = |facts: &&&FileFacts| facts.notices.iter().any(|notice| notice.kind != NoticeKind::Node);
        let mut coverage = Coverage {
            files: facts.len() as u64,
            files_unread: facts.values().filter(unread).count() as u64,
            files_generated: facts.values().filter(|facts| facts.generated).count() as u64,
            ..Coverage::default()
        };
        let counts = self.model.counts();
        coverage.bodies = counts.bodies;
        coverage.calls = counts.calls;
        coverage.calls_resolved = counts.calls_resolved;
        coverage.calls_unknown = counts.calls_unknown;
        coverage.macros_unread = counts.macros_unread;
        coverage
    }

    /// Line and column of an offset in a file.
    fn spot(&self, path: &Path, pos: Pos) -> Spot {
        let text = self.text_of(path);
        let at = Lines::new(text).chars(text, pos);
        Spot { line: at.line, col: at.col }
    }

    /// What was lost, in discovery, in files, and between them.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let mut notices = self.model.project().notices.clone();
        for (path, facts) in self.facts() {
            for notice in &facts.notices {
                // Of the whole file, which is not shown either.
                let whole = notice.kind == NoticeKind::TooLarge && notice.pos == 0;
                let at = (!whole).then(|| self.spot(path, notice.pos));
                notices.push(Notice {
                    id: notice_id(notice.kind),
                    path: Some(path.to_path_buf()),
                    at,
                    text: notice.text.clone(),
                    loss: true,
                });
            }
        }
        for notice in self.model.defs().notices() {
            let path = notice.file.map(|file| self.model.defs().source_path(file).to_path_buf());
            let at = path.as_deref().filter(|path| path.is_file()).map(|path| self.spot(path, notice.pos));
            notices.push(Notice { id: notice.id, path, at, text: notice.text, loss: true });
        }
        notices.sort();
        notices.dedup();
        notices
    }
}

/// Id of a loss in a file.
pub(super) fn notice_id(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Syntax => "syntax",
        NoticeKind::Encoding => "encoding",
        NoticeKind::TooDeep => "too_deep",
        NoticeKind::TooLarge => "too_large",
        NoticeKind::Node => "unread_node",
    }
}

impl Code for ModelCode<'_> {
    fn files(&self) -> Vec<FileId> {
        self.files.clone()
    }

    fn file(&self, id: FileId) -> Option<CodeFile<'_>> {
        let defs = self.model.defs();
        let package = defs.krate(id.krate).pkg.map_or("", |pkg| self.model.project().packages[pkg.0 as usize].name.as_str());
        let named_as_trial = self.model.is_named_as_trial(id.krate);
        Some(CodeFile {
            path: defs.source_path(id),
            facts: defs.facts(id),
            package,
            named_as_trial,
            role: self.model.role_of_crate(id.krate),
        })
    }

    fn text(&self, id: FileId) -> &str {
        self.text_of(self.model.defs().source_path(id))
    }

    fn target(&self, id: FileId) -> TargetRef {
        let krate = self.model.defs().krate(id.krate);
        let package = krate.pkg.map(|pkg| &self.model.project().packages[pkg.0 as usize]);
        TargetRef {
            package_root: package.and_then(|package| package.root.clone()).unwrap_or_default(),
            version: krate.version.as_ref().map(ToString::to_string).unwrap_or_default(),
            kind: match krate.kind {
                TargetKind::Bin => "bin",
                TargetKind::ProcMacro => "proc-macro",
                _ => "lib",
            },
            name: krate.target.clone(),
            root_file: krate.root.clone().unwrap_or_default(),
        }
    }

    fn is_named_as_aid(&self, item: DefId) -> bool {
        self.model.is_named_as_aid(item)
    }

    fn item_path(&self, item: DefId) -> String {
        self.model.defs().path(item)
    }

    fn real(&self, span: Span) -> Span {
        match self.model.defs().expanded_from(span.file) {
            Some((file, pos)) => Span::token(file, pos),
            None => span,
        }
    }
}
