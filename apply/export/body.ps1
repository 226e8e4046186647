# What follows is the same in every such script: values come from the data above and are never part of a command's text.
if ($ExecutionContext.SessionState.LanguageMode -eq 'ConstrainedLanguage') { 'This PowerShell is in ConstrainedLanguage mode, and cannot write what this file has.'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Set-Value($s) {
  $d = "$($s.data)"
  switch ($s.kind) {
    'DWord' { $v = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$d), 0) }
    'QWord' { $v = [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64]$d), 0) }
    'Binary' { $v = [byte[]]@(for ($i = 0; $i -lt $d.Length; $i += 2) { [Convert]::ToByte($d.Substring($i, 2), 16) }) }
    'MultiString' { $v = [string[]]@($d -split "`n") }
    default { $v = $d }
  }
  $k = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($s.path.Substring(5))
  $k.SetValue($s.name, $v, [Microsoft.Win32.RegistryValueKind]$s.kind)
  $k.Close()
}
function Remove-Value($s) {
  $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($s.path.Substring(5), $true)
  if ($k) { $k.DeleteValue($s.name, $false); $k.Close() }
}
function Set-Offload($s) {
  if ($s.name -eq 'PacketCoalescingFilter') { Set-NetOffloadGlobalSetting -PacketCoalescingFilter $s.data }
  else { Set-NetOffloadGlobalSetting -NetworkDirect $s.data }
}
function Test-Step($s) {
  if ($s.op -eq 'netsh') { foreach ($a in @($s.args)) { if ("$a" -notmatch '^[A-Za-z0-9=.-]+$') { throw "argument not allowed: $a" } } }
  elseif ($s.op -eq 'power') { if ("$($s.data)" -notmatch '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') { throw "power plan not allowed: $($s.data)" } }
  elseif ($s.op -eq 'offload') { if ('PacketCoalescingFilter', 'NetworkDirect' -notcontains $s.name -or 'Enabled', 'Disabled' -notcontains $s.data) { throw "offload not allowed: $($s.name) $($s.data)" } }
  elseif ('registry-set', 'registry-delete' -notcontains $s.op -or "$($s.path)" -notmatch '^HKLM\\.') { throw "step not allowed: $($s.op) $($s.path)" }
}
function Invoke-Step($s) {
  Test-Step $s
  if ($s.op -eq 'netsh') {
    $list = @($s.args)
    $text = (& netsh.exe @list | Out-String).Trim()
    if ($LASTEXITCODE -ne 0) { throw "netsh: exit code ${LASTEXITCODE}: $text" }
  }
  elseif ($s.op -eq 'power') {
    $text = (& powercfg.exe /setactive $s.data | Out-String).Trim()
    if ($LASTEXITCODE -ne 0) { throw "powercfg: exit code ${LASTEXITCODE}: $text" }
  }
  elseif ($s.op -eq 'offload') { Set-Offload $s }
  elseif ($s.op -eq 'registry-set') { Set-Value $s }
  else { Remove-Value $s }
}
# The step that puts back what a value of the registry holds now.
function Get-Held($path, $name) {
  $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path.Substring(5))
  if (-not $k -or @($k.GetValueNames()) -notcontains $name) { return @{ op = 'registry-delete'; path = $path; name = $name } }
  $kind = "$($k.GetValueKind($name))"
  if ('DWord', 'QWord', 'String', 'ExpandString', 'MultiString', 'Binary' -notcontains $kind) { throw "it is of the type $kind, which could not be put back" }
  $v = $k.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
  # .NET hands a DWORD or a QWORD over as a signed number.
  if ($v -is [int]) { $d = "$([BitConverter]::ToUInt32([BitConverter]::GetBytes($v), 0))" }
  elseif ($v -is [long]) { $d = "$([BitConverter]::ToUInt64([BitConverter]::GetBytes($v), 0))" }
  elseif ($v -is [byte[]]) { $d = ([BitConverter]::ToString($v) -replace '-', '').ToLower() }
  else { $d = @($v) -join "`n" }
  @{ op = 'registry-set'; path = $path; name = $name; kind = $kind; data = $d }
}
function Get-Dumped($of, $key) {
  foreach ($l in @(& netsh.exe interface $of dump)) {
    $f = @("$l".Trim() -split '\s+')
    if ($f.Count -lt 3 -or $f[0] -ne 'set' -or $f[1] -ne 'global') { continue }
    foreach ($w in $f) {
      $n, $v = $w -split '=', 2
      if ($n -eq $key -and $v) { return $v.ToLower() }
    }
  }
}
function Get-OfTemplate($look, $name) {
  $t = @(Get-CimInstance MSFT_NetTCPSetting -Namespace root/StandardCimv2 | Where-Object { "$($_.SettingName)" -eq $look.template })
  if ($t.Count -ne 1 -or $null -eq $t[0].$name) { throw "Windows does not say $name of the TCP template $($look.template)" }
  $t[0].$name
}
function Get-Word($look) {
  if ($look.how -eq 'offload') {
    $n = @(Get-CimInstance MSFT_NetOffloadGlobalSetting -Namespace root/StandardCimv2)[0].($look.cim)
    if ($n -eq 0 -and $null -ne $n) { return 'disabled' }
    if ($n -eq 1) { return 'enabled' }
    throw "Windows says $($look.cim) is '$n', which is not known here"
  }
  if ($look.how -ne 'cim') {
    $w = Get-Dumped $look.how $look.key
    if ($w) { return $w }
  }
  if (-not $look.cim) { throw "Windows does not say $($look.key)" }
  if ($look.cim -eq 'CongestionProvider') {
    $w = @(Get-NetTCPSetting | Where-Object { "$($_.SettingName)" -eq $look.template } | ForEach-Object { "$($_.CongestionProvider)" })
    if ($w.Count -ne 1 -or -not $w[0]) { throw "Windows does not say $($look.cim)" }
    return $w[0].ToLower()
  }
  $n = Get-OfTemplate $look $look.cim
  if ($n -is [string] -or -not $look.words) { return "$n".ToLower() }
  $words = @($look.words)
  if ($n -lt 0 -or $n -ge $words.Count) { throw "Windows says $($look.cim) is $n, which is not known here" }
  "$($words[[int]$n])".ToLower()
}
# The step that puts back what a line finds.
function Get-Undo($line) {
  $s = $line.step
  $look = $line.look
  if ($look.how -eq 'registry') { return Get-Held $s.path $s.name }
  if ($look.how -eq 'power') {
    $is = Get-Held $look.path $look.name
    return @{ op = 'power'; data = "$($is.data)".ToLower() }
  }
  $args1 = @($s.args)
  if ($look.how -eq 'port') {
    $first = Get-OfTemplate $look 'DynamicPortRangeStartPort'
    $count = Get-OfTemplate $look 'DynamicPortRangeNumberOfPorts'
    return @{ op = 'netsh'; args = [string[]]($args1[0..($args1.Count - 3)] + "start=$first" + "num=$count") }
  }
  $w = Get-Word $look
  if ($s.op -eq 'offload') { return @{ op = 'offload'; name = $s.name; data = $w } }
  @{ op = 'netsh'; args = [string[]]($args1[0..($args1.Count - 2)] + "$($look.key)=$w") }
}
# The keys of the adapter: the only one of virtio, or the one that is named.
function Find-Adapter {
  $all = @(Get-CimInstance MSFT_NetAdapter -Namespace root/StandardCimv2 | Where-Object { $_.PnPDeviceID -and $(if ($Adapter) { $_.Name -eq $Adapter } else { "$($_.PnPDeviceID)" -match 'VEN_1AF4' }) })
  if ($all.Count -ne 1) { throw "there are $($all.Count) such adapters: name the connection of one, -Adapter NAME" }
  $guid = "$($all[0].InterfaceGuid)"
  $class = 'SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}'
  $top = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($class)
  foreach ($n in $top.GetSubKeyNames()) {
    try { $k = $top.OpenSubKey($n) } catch { continue }
    if ($k -and "$($k.GetValue('NetCfgInstanceId'))" -eq $guid) {
      return @{ class = "HKLM\$class\$n"; interface = "HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\$guid" }
    }
  }
  throw "the adapter $guid has no class key"
}
function Set-Own($line) {
  if (-not $line.own) { return }
  if (-not $script:found) { $script:found = Find-Adapter }
  $path = $script:found[$line.own]
  if ($line.declared) {
    $k = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path.Substring(5) + '\Ndi\params\' + $line.step.name)
    if (-not $k) { throw "the adapter's driver has no property $($line.step.name)" }
  }
  $line.step | Add-Member -MemberType NoteProperty -Name path -Value $path -Force
}
$found = $null
$in = ConvertFrom-Json $data
$lines = @($in.lines)
$failed = 0
$dir = "$env:ProgramFiles\vnettune"
$file = "$dir\export-$($in.name).json"
$saved = @{}
$keep = @()
$more = $false
if ($in.mode -eq 'undo') {
  if (-not (Test-Path $file)) { "There is no $file, where the file that this undoes saves what it finds: nothing is undone."; exit 1 }
  $lines = @((ConvertFrom-Json ([IO.File]::ReadAllText($file))).lines)
  [Array]::Reverse($lines)
}
if ($in.mode -eq 'save') {
  if (Test-Path $file) {
    "What was there before the first run is kept in $file."
    $keep = @((ConvertFrom-Json ([IO.File]::ReadAllText($file))).lines)
    foreach ($l in $keep) { $saved["$($l.id)"] = $l }
  }
  foreach ($l in $lines) {
    try {
      Set-Own $l
      if (-not $saved["$($l.id)"]) {
        $u = Get-Undo $l
        Test-Step $u
        $saved["$($l.id)"] = $u
        $keep += @{ id = "$($l.id)"; step = $u }
        $more = $true
      }
    } catch { $saved.Remove("$($l.id)"); $failed++; "LEFT ALONE: $($l.id): $_" }
  }
  $lines = @($lines | Where-Object { $saved["$($_.id)"] })
  try {
    if ($more) {
      [void][IO.Directory]::CreateDirectory($dir)
      [IO.File]::WriteAllText($file, (ConvertTo-Json @{ lines = @($keep) } -Depth 6))
    }
  } catch { "What is there now cannot be saved, and nothing is written: $_"; exit 1 }
}
foreach ($l in $lines) {
  try { Invoke-Step $l.step; "written: $($l.id)" } catch { $failed++; "FAILED: $($l.id): $_" }
}
if ($failed) { "$failed lines are not written."; exit 1 }
if ($in.mode -eq 'undo') { Remove-Item $file }
'All lines are written. Reboot this Windows.'
exit 0
