package scripts

import (
	"context"
	"time"
)

type copyInput struct {
	Bytes  int `json:"bytes"`
	Rounds int `json:"rounds"`
}

type copyAnswer struct {
	Bytes     int     `json:"bytes"`
	Frequency int64   `json:"frequency"`
	Ticks     []int64 `json:"ticks"`
}

// The contract's bounds, and the Stopwatch's ticks of a second, which on Windows 10 are those of
// QueryPerformanceCounter
// (https://learn.microsoft.com/windows/win32/sysinfo/acquiring-high-resolution-time-stamps: 10 MHz).
const (
	mostCopied = 64 << 20
	mostRounds = 1000
	stopwatch  = 10_000_000
)

// playCopy plays the contract "copy": it copies memory of the machine that it runs on.
func playCopy(ctx context.Context, in copyInput) (any, error) {
	if in.Bytes < 1 || in.Bytes > mostCopied || in.Rounds < 1 || in.Rounds > mostRounds {
		return nil, scriptErrorf("input", "%d copies of %d bytes", in.Rounds, in.Bytes)
	}
	a, b := make([]byte, in.Bytes), make([]byte, in.Bytes)
	copy(b, a)
	copy(a, b)
	answer := copyAnswer{Bytes: in.Bytes, Frequency: stopwatch}
	for range in.Rounds {
		if err := ctx.Err(); err != nil {
			return nil, scriptErrorf("copy", "%v", err)
		}
		began := time.Now()
		copy(b, a)
		answer.Ticks = append(answer.Ticks, max(1, time.Since(began).Nanoseconds()*stopwatch/int64(time.Second)))
	}
	return answer, nil
}
