package guest

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// reapEvery is the time between two looks at the children of process 1.
const reapEvery = 2 * time.Second

// reapOrphans removes dead processes that were handed to process 1. A child that this program
// itself waits for is gone before it is seen dead twice, so no wait is robbed of its result.
func reapOrphans() {
	seen := map[int]bool{}
	for range time.Tick(reapEvery) {
		dead := deadChildren()
		for pid := range dead {
			if seen[pid] {
				_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil) // gone either way
				delete(dead, pid)
			}
		}
		seen = dead
	}
}

// deadChildren are the zombies whose parent is this process.
func deadChildren() map[int]bool {
	dead := map[int]bool{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return dead
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// The name may hold anything, parentheses included: the fields begin behind the last one.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && string(fields[0]) == "Z" && string(fields[1]) == strconv.Itoa(os.Getpid()) {
			dead[pid] = true
		}
	}
	return dead
}
