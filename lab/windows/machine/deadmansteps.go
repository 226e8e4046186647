package machine

type Step struct {
	Op   string   `json:"op"`
	Path string   `json:"path"`
	Name string   `json:"name"`
	Kind string   `json:"kind"`
	Data string   `json:"data"`
	Args []string `json:"args"`
}

type StepResult struct {
	OK      bool    `json:"ok"`
	Exit    *int    `json:"exit,omitempty"`
	Output  *string `json:"output,omitempty"`
	Skipped bool    `json:"skipped,omitempty"`
}
