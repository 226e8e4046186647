// Package process is one process of a remote shell and the streams between it and its
// client: output waits until it is taken, input until it is read.
//
// It stands between lab/wsman, whose messages carry the streams, and lab/windows/machine,
// which plays the process. It knows nothing of SOAP.
package process
