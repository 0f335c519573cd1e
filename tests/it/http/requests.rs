//! What the service makes of requests: applications, papers, dates, lists, the register, and requests sent twice.

mod applications;
mod dates;
mod limited;
mod lists;
mod papers;
mod register;
mod repeats;
mod sorting;
