package cli

import (
	"context"
	"fmt"

	"tldsweep/internal/sweep"
)

// plan says what a scan would ask.
func (a *program) plan(ctx context.Context, f sourceFlags, s *sweep.Scan) error {
	path := a.historyFile(f.history)
	if f.fresh && len(f.ages) == 0 {
		path = ""
	}
	plan, err := s.Plan(ctx, path)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(a.Stdout, plan); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}
