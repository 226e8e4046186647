// Package iperf measures: it starts an iperf3 client on the host, keeps it
// within its time, and judges the one document that it prints (document reads it).
//
// It stands between the loop in bench, which says what to measure, and results,
// which keeps the figures: Workload and Target -> Args -> Runner.Run -> Outcome.
// Every run ends as exactly one class. Only the usable classes carry metrics, so
// a failure can never be taken for a number. Nothing here knows the guest's
// settings, and nothing is retried here: RetryOf says what the loop may try.
package iperf
