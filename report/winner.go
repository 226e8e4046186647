package report

import (
	"errors"

	"vnettune/report/stored"
)

// Winner is the arm that the report recommends, as its page says it; the error says why there is none.
func (r Report) Winner() (string, error) {
	primary := stored.Primary(r.Ranking.Analyses)
	if winner := r.recommended(judgedArms(r, primary), primary); winner != "" {
		return winner, nil
	}
	if r.AA {
		return "", errors.New("there is no winner: every arm is the baseline")
	}
	return "", errors.New("there is no winner: " + noWinner(r))
}

// noWinner is what an arm has to be for the report to recommend it.
func noWinner(r Report) string {
	if r.switches() {
		return "a set is recommended only where boots of it as a whole confirm what switching shows, it helps by more than the margin, and it is the single winner in all that was measured"
	}
	return "a set is recommended only where it was booted as a whole, helps by more than the margin, and is the single winner in all that was measured"
}
