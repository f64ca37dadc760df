//! Lists of headers that are used again: the records of a task carry the same few, and of each list the library wants a
//! copy of its own, which costs more memory calls than all the rest of a record. So a list is taken back from a record that
//! is acknowledged, and given to the next one.

use crate::calls::Headers;
use crate::library::{Functions, Library};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lists beyond so many are given up.
const LISTS_MAX: usize = 1 << 16;

/// A list that no record has.
struct List(*mut c_void);

// SAFETY: a list belongs to nobody but its holder; the library ties none to a thread.
unsafe impl Send for List {}

/// What came back from acknowledged records; for any thread.
#[derive(Default)]
pub struct Returns {
    lists: Mutex<Returned>,
}

#[derive(Default)]
struct Returned {
    edition: usize,
    lists: Vec<List>,
}

impl Returns {
    fn returned(&self) -> MutexGuard<'_, Returned> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a list that was given out in that edition.
    ///
    /// SAFETY: `list` is one of `functions`' library, and the caller's own.
    pub unsafe fn give_back(&self, functions: &Functions, edition: usize, list: *mut c_void) {
        let mut returned = self.returned();
        if returned.edition == edition && returned.lists.len() < LISTS_MAX {
            returned.lists.push(List(list));
            return;
        }
        drop(returned);
        // SAFETY: by this function's condition.
        unsafe { (functions.headers_destroy)(list) };
    }
}

/// Lists with the headers that all records have; for one thread.
pub struct Stock {
    returns: Arc<Returns>,
    model: Option<Headers>,
    content: Vec<(String, Option<Vec<u8>>)>,
    /// Of the content: lists of an earlier one are not used again. 0 is that of no list.
    edition: usize,
    lists: Vec<List>,
}

impl Stock {
    pub fn new() -> Self {
        Self { returns: Arc::default(), model: None, content: Vec::new(), edition: 0, lists: Vec::new() }
    }

    pub fn returns(&self) -> Arc<Returns> {
        self.returns.clone()
    }

    /// The number that `give_back` takes for the lists given out now.
    pub fn edition(&self) -> usize {
        self.edition
    }

    /// What lists have from now on.
    pub fn set(&mut self, library: &Library, headers: &[(String, Option<Vec<u8>>)]) {
        if self.content == headers {
            return;
        }
        self.clear(library);
        self.edition += 1;
        self.returns.returned().edition = self.edition;
        self.content = headers.to_vec();
        self.model = (!headers.is_empty()).then(|| Headers::new(library, headers));
    }

    /// A list for one record; null for no headers.
    pub fn take(&mut self, library: &Library) -> *mut c_void {
        let Some(model) = &self.model else {
            return std::ptr::null_mut();
        };
        if self.lists.is_empty() {
            std::mem::swap(&mut self.lists, &mut self.returns.returned().lists);
        }
        self.lists.pop().map_or_else(|| model.copy(library), |list| list.0)
    }

    /// Gives all lists up.
    pub fn clear(&mut self, library: &Library) {
        let returned = std::mem::take(&mut self.returns.returned().lists);
        for list in self.lists.drain(..).chain(returned) {
            // SAFETY: the list is ours.
            unsafe { (library.headers_destroy)(list.0) };
        }
        if let Some(model) = self.model.take() {
            model.destroy(library);
        }
        self.content.clear();
    }
}
