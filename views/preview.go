package views

import "slices"

// previewRows is how many steps are listed one by one; all are counted.
const previewRows = 200

func (v PreviewView) shown() []Step { return v.Steps[:min(len(v.Steps), previewRows)] }

// stepSum is how often the next run would do one thing on one side.
type stepSum struct {
	side, action string
	count        int64
}

// sums counts the steps by side and action, in the order of their first step.
func (v PreviewView) sums() []stepSum {
	var list []stepSum
	at := map[[2]string]int{}
	for _, s := range v.Steps {
		key := [2]string{s.Side, s.Action}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(list), len(list)
			list = append(list, stepSum{side: s.Side, action: s.Action})
		}
		list[i].count++
	}
	return list
}

// reasons says whether any step has one to be told.
func (v PreviewView) reasons() bool {
	return slices.ContainsFunc(v.shown(), func(s Step) bool { return s.Reason.Key != "" })
}
