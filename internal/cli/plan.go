package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tldsweep/internal/cli/console"
	"tldsweep/internal/sweep"
)

// longPlan is how long a plan may take before it is said that it is being made.
const longPlan = 3 * time.Second

// plan says what a scan would ask.
func (a *program) plan(ctx context.Context, f sourceFlags, s *sweep.Scan) error {
	path := a.historyFile(f.history)
	if f.fresh && len(f.ages) == 0 {
		path = ""
	}
	told := a.TellIfLong("counting what the scan would ask", longPlan)
	plan, err := s.Plan(ctx, path)
	told()
	if err != nil {
		return err
	}
	if err := console.Lines(a.Stdout, strings.Split(strings.TrimSuffix(plan.String(), "\n"), "\n")...); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}
