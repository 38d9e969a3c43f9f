//! Traits: many supertraits, associated types, generic methods, `dyn`, aliases, `impl Trait`.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

macro_rules! empty_traits {
    ($($name:ident: $($above:ident)?;)*) => { $(pub trait $name $(: $above)? {})* };
}

empty_traits! { A1:; A2:; A3:; A4:; A5:; A6:; A7:; A8:; A9:; A10:; A11:; A12:; }
empty_traits! { B1: A1; B2: A2; B3: A3; B4: A4; B5: A5; B6: A6; B7: A7; B8: A8; B9: A9; B10: A10; B11: A11; B12: A12; }
empty_traits! { C1: B1; C2: B2; C3: B3; C4: B4; C5: B5; C6: B6; C7: B7; C8: B8; C9: B9; C10: B10; C11: B11; C12: B12; }

pub trait Last {
    type Row: Display;
    fn last_row(&self) -> Self::Row;
}

pub trait Everything: C1 + C2 + C3 + C4 + C5 + C6 + C7 + C8 + C9 + C10 + C11 + C12 + Last {}

pub fn the_last_of_many_supertraits<T: Everything>(all: &T) -> String {
    all.last_row().to_string() //= last_row: app::Last::last_row, to_string: alloc::string::ToString::to_string
}

pub struct Store<K> {
    kind: PhantomData<K>,
}

pub struct Disk;
pub type DiskStore = Store<Disk>;
pub type Mine = DiskStore;

impl Mine {
    pub fn open() -> Mine {
        Store { kind: PhantomData }
    }
    pub fn sync(&self) {}
}

impl Last for Mine {
    type Row = u64;
    fn last_row(&self) -> u64 {
        7
    }
}

pub fn through_aliases() -> u32 {
    let store = Mine::open(); //= open: app::Store::open
    store.sync(); //= sync: app::Store::sync
    store.last_row().count_ones() //= last_row: app::Store::last_row, count_ones: core::u64::count_ones
}

pub trait Shape {
    fn area(&self) -> f64;
    fn scaled(&self, by: f64) -> f64 {
        self.area().mul_add(by, 0.0) //= area: app::Shape::area, mul_add: std::f64::mul_add
    }
}

pub struct Square(f64);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0.powi(2) //= powi: std::f64::powi
    }
}

impl<S: Shape + ?Sized> Shape for Box<S> {
    fn area(&self) -> f64 {
        (**self).area() //= area: app::Shape::area
    }
}

pub fn dispatched(shapes: &[Box<dyn Shape>]) -> f64 {
    let first = Square(1.0);
    let all: f64 = shapes.iter().map(|shape| shape.scaled(2.0)).sum(); //= scaled: app::Shape::scaled
    all + first.area() //= area: app::Square::area
}

pub fn generic<I>(items: I) -> Option<String>
where
    I: IntoIterator,
    I::Item: Debug + Clone + Ord,
{
    let mut sorted: Vec<I::Item> = items.into_iter().collect(); //= into_iter: core::iter::traits::collect::IntoIterator::into_iter
    sorted.sort(); //= sort: alloc::slice::sort
    let top = sorted.into_iter().next_back()?; //= into_iter: alloc::vec::Vec::into_iter, next_back: alloc::vec::into_iter::IntoIter::next_back
    Some(format!("{:?}", top.clone())) //= clone: core::clone::Clone::clone
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> + '_ {
    text.split(' ').enumerate() //= split: core::str::split, enumerate: core::iter::traits::iterator::Iterator::enumerate
}

pub fn through_impl_trait(text: &str) -> usize {
    let (index, word) = words(text).max_by_key(|(_, word)| word.len()).unwrap_or((0, "")); //= max_by_key: core::iter::traits::iterator::Iterator::max_by_key, len: core::str::len, unwrap_or: core::option::Option::unwrap_or
    index.pow(2) + word.chars().count() //= pow: core::usize::pow, chars: core::str::chars, count: core::str::iter::Chars::count
}

mod stores {
    pub trait Read {
        fn schema(&self) -> u64;
    }
    pub trait Admin: Read {
        fn schema(&self) -> Vec<u8>;
    }
    pub struct Both;
    impl Read for Both {
        fn schema(&self) -> u64 {
            1
        }
    }
    impl Admin for Both {
        fn schema(&self) -> Vec<u8> {
            Vec::new()
        }
    }
    pub fn admin() -> impl Admin {
        Both
    }
}

/// Methods of what `impl Trait` stands for are those of traits in scope.
pub fn the_trait_in_scope() -> u32 {
    use stores::Read;
    stores::admin().schema().trailing_ones() //= schema: app::stores::Read::schema, trailing_ones: core::u64::trailing_ones
}

pub trait Named: Last {
    fn name(&self) -> Self::Row;
}

impl Named for Mine {
    fn name(&self) -> u64 {
        1
    }
}

fn a_named_one() -> impl Named<Row = u64> {
    Mine::open()
}

/// `impl Named<Row = u64>` and `T: Named<Row = u64>` say what the `Row` of the supertrait is.
pub fn types_of_supertraits<T: Named<Row = u64>>(other: &T) -> u32 {
    let one = a_named_one();
    let sum = one.last_row().count_ones(); //= last_row: app::Last::last_row, count_ones: core::u64::count_ones
    let name = one.name().count_zeros(); //= name: app::Named::name, count_zeros: core::u64::count_zeros
    sum + name + other.last_row().leading_zeros() //= last_row: app::Last::last_row, leading_zeros: core::u64::leading_zeros
}
