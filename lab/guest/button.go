package guest

import (
	"encoding/binary"
	"io"
	"log"
	"os"
	"path/filepath"
)

// Of include/uapi/linux/input.h and input-event-codes.h.
const (
	inputEventSize = 24 // struct input_event of a 64-bit kernel
	eventKey       = 1  // EV_KEY
	keyPower       = 116
)

// watchPowerButton closes off when any input device reports the power key.
func watchPowerButton(off chan<- struct{}, l *log.Logger) {
	paths, err := filepath.Glob("/dev/input/event*")
	if err != nil || len(paths) == 0 {
		l.Print("no power button: no input device")
		return
	}
	pressed := make(chan struct{}, len(paths))
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			l.Print(err)
			continue
		}
		go func() {
			defer f.Close()
			if powerPressed(f) {
				pressed <- struct{}{}
			}
		}()
	}
	<-pressed
	close(off)
}

// powerPressed reads input events until the power key goes down; false at the end of input.
func powerPressed(events io.Reader) bool {
	b := make([]byte, inputEventSize)
	for {
		if _, err := io.ReadFull(events, b); err != nil {
			return false
		}
		kind, code := binary.NativeEndian.Uint16(b[16:]), binary.NativeEndian.Uint16(b[18:])
		value := binary.NativeEndian.Uint32(b[20:])
		if kind == eventKey && code == keyPower && value == 1 {
			return true
		}
	}
}
