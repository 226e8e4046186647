package sample

// KnownNames are the names of the metrics that vnettune knows and ranks, those of rates first; counters are none of them.
func KnownNames() []string {
	var names []string
	for i := range known {
		if known[i].Counter == "" {
			names = append(names, known[i].Name)
		}
	}
	return names
}
