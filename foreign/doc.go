// Package foreign is the one door for words that others wrote: a guest, a store, a file, a
// program, a library's error about what came over the wire. Whatever of them reaches a terminal,
// an error, an event, a log or JSON passes here. Letters of every language stay. Control, escape
// and bidirectional characters, invisible ones and bytes that are no UTF-8 are shown as Go
// writes them (\x1b, \u202e, \xff), and what is too long is cut and says so.
//
// Words are let in by Line where they are read: in transports, in parsers and where a store is
// read. Writer and JSON stand in front of the terminal, so that no renderer can forget it; there
// nothing is cut. Bytes as they came are kept in the store only; what of them is held in memory is
// bounded by Buffer, and by CheckJSON before a document is read.
package foreign
