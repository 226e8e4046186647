// Package console has what programs of Windows and their callers exchange as text:
// command lines, output in a code page, refusals. Everything else here builds on it.
package console
