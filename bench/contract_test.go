package bench_test

import (
	"testing"

	"vnettune/bench/guesttest"
	"vnettune/matrix"
)

func TestTheFakeKeepsTheContract(t *testing.T) {
	guesttest.Run(t, guesttest.Subject{
		Guest:   &fakeGuest{transcript: new([]string), value: "original"},
		Setting: matrix.Planned{Setting: matrix.Setting{ID: settingID}},
		Value:   "tuned",
	})
}
