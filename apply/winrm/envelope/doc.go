// Package envelope reads SOAP messages of a service that may be hostile. They are read as a
// stream: in one pass, bounded in depth, in elements and in what an element's tag holds, and as
// long as the context lasts. What a message means is its reader's business; here are only the two
// values that an answer is asked for, which the library looks for by XPath in a tree of the whole.
package envelope
