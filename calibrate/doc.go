// Command calibrate checks by simulation that pages are as rarely wrong as they
// claim: it draws campaigns with known truth, prints them by the functions that the
// command uses, counts the printed words, and prints the shares of errors as a table, with
// what benchstat's statistics say of the same data beside them. It is a module of its
// own so that the product does not depend on golang.org/x/perf.
package main
