"""Registers of purchase, inspection, sale, outbound and transport, with the articles' fields."""

from reports.registers.columns import REGISTERS, Column, Register, columns
from reports.registers.write import RegisterRow, write_registers

__all__ = ["REGISTERS", "Column", "Register", "RegisterRow", "columns", "write_registers"]
