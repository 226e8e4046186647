// Package meter is the measuring tool of this project's own: request/response latency,
// and throughput over TCP and UDP, between a Client on the host and a Server in the guest.
//
// It is beside iperf3, which stays the default and the judge: on Windows iperf3 goes
// through Cygwin, and it knows no latency. The same code is built for Windows (cmd/meter),
// where its sockets are Winsock's with Winsock's own buffers.
//
//	Params -> Client.Run -> control connection -> Server
//	              |  streams, datagrams            |
//	              +-> Document (both ends' figures) -> Outcome
//
// The two ends prove to each other that they know one token, which never crosses the
// network; the server answers one address and one client at a time, and bounds whatever it
// is asked for. Every run ends as exactly one class of results/record. A run that failed has
// no figures.
package meter
