package main

import (
	"context"

	"agcrm-google/models"
)

// person is one of the company. The passwords open nothing but this demo.
type person struct {
	id                           int64
	login, password, name, email string
	role                         string
	linked                       bool // with the Google account of that e-mail address
}

// The people of the demo. Suzuki's link breaks on the way, and Takahashi has
// never linked: her first visit shows the three steps.
var (
	kanri     = person{1, "kanri", "kanri-demo-2026", "管理 太郎", "kanri@example.co.jp", models.RoleAdmin, false}
	tanaka    = person{101, "tanaka", "tanaka-demo-2026", "田中 花子", "tanaka@example.co.jp", models.RoleEmployee, true}
	sato      = person{102, "sato", "sato-demo-2026", "佐藤 健", "sato@example.co.jp", models.RoleEmployee, true}
	suzuki    = person{103, "suzuki", "suzuki-demo-2026", "鈴木 一郎", "suzuki@example.co.jp", models.RoleEmployee, true}
	takahashi = person{104, "takahashi", "takahashi-demo-2026", "高橋 美咲", "takahashi@example.co.jp", models.RoleEmployee, false}

	everybody = []person{kanri, tanaka, sato, suzuki, takahashi}
)

// hire adds the accounts.
func (c *company) hire(ctx context.Context) error {
	for _, p := range everybody {
		if err := c.db.AddUser(ctx, models.User{ID: p.id, Login: p.login, Name: p.name, Email: p.email, Role: p.role}, p.password); err != nil {
			return err
		}
	}
	return nil
}
