// Package transcript records what a guest was asked and answered.
//
// A Recorder stands around a guest's Runner and keeps everything; what it writes is a
// file of JSON objects, one a line. The first says what it is; each other is one
// question and its answer, in the order of asking. Private words are replaced when it
// is written, the same word always by the same. Package transcripttest answers from such
// a file, so that what a user's guest answered can be looked into without that guest.
package transcript
